import { describe, expect, it } from 'vitest';
import { scrubbed } from './logger.ts';

describe('texts of errors in the log', () => {
  it.each([
    'media ports of 127.0.0.1:20000-29999 cannot be bound: EADDRINUSE',
    'ports 20000-20001 hold no even port',
    'the media port range 20000-65535 must lie in 1-65535',
    'connect ECONNREFUSED 127.0.0.1:54321',
    'connect ECONNREFUSED [::1]:54321',
    'SIP/2.0 503, in 2026, line 1234',
  ])('show ports: %s', (text) => {
    expect(scrubbed(text)).toBe(text.replace('in 1-65535', 'in 1-[number]'));
  });

  it.each([
    ['no route to +8613500000001', 'no route to [number]'],
    ['sip:13500000001@10.0.0.1:5060', 'sip:[number]@10.0.0.1:5060'],
    ['tel:075528000001', 'tel:[number]'],
    ['0755-28000001', '0755-[number]'],
    ['86135-00000001', '[number]-[number]'],
    ['13500-20002', '[number]-[number]'],
    ['a:13500-20002', 'a:[number]-[number]'],
    ['digits 12345', 'digits [number]'],
    ['10.0.0.1:13500000001', '10.0.0.1:[number]'],
    ['10.0.0.1:20000-29999-13500', '10.0.0.1:[number]-[number]-[number]'],
    ['10.0.0.1:29999-20000', '10.0.0.1:[number]-[number]'],
    ['port 13500000001', 'port [number]'],
    ['ports 13500-00001', 'ports [number]-[number]'],
    ['ports +8613500000001', 'ports [number]'],
    ['report 12345', 'report [number]'],
    ['110.0.0.0.1:20000-2999913500000001', '110.0.0.0.1:[number]-[number]'],
  ])('hide numbers: %s', (text, shown) => {
    expect(scrubbed(text)).toBe(shown);
  });
});
