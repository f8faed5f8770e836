import { describe, expect, it } from 'vitest';
import { keyOfInfo } from './info-keys.ts';

describe('keyOfInfo', () => {
  it.each([
    ['Cisco', 'application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['Asterisk', 'application/dtmf-relay', 'Signal=#\r\nDuration=250\r\n', '#'],
    ['with spaces', 'application/dtmf-relay', 'Signal= 9\r\nDuration= 100', '9'],
    ['bare line feeds', 'application/dtmf-relay', 'Duration=100\nSignal=*\n', '*'],
    ['a letter in lower case', 'application/dtmf-relay', 'Signal=b\r\n', 'B'],
    ['event numbers', 'application/dtmf-relay', 'Signal=10\r\nDuration=160\r\n', '*'],
    ['event numbers', 'application/dtmf-relay', 'Signal=11\r\n', '#'],
    ['any case, parameters', 'Application/DTMF-Relay; charset=utf-8', 'SIGNAL=0\r\n', '0'],
    ['the key alone', 'application/dtmf', '7', '7'],
    ['the key alone, on a line', 'application/dtmf', '#\r\n', '#'],
    ['its number', 'application/dtmf', '10', '*'],
    ['spelt out', 'application/dtmf', 'pound', '#'],
    ['lines under the other type', 'application/dtmf', 'Signal=3\r\nDuration=100\r\n', '3'],
  ])('reads %s (%s)', (_what, type, body, key) => {
    expect(keyOfInfo(type, body)).toBe(key);
  });

  it.each([
    [undefined, '5'],
    ['application/media_control+xml', '<picture_fast_update/>'],
    ['application/dtmf-relay', '5'],
    ['application/dtmf-relay', 'Signal=hf\r\nDuration=100\r\n'],
    ['application/dtmf-relay', 'Signal=16\r\n'],
    ['application/dtmf-relay', 'Signal=\r\nDuration=5\r\n'],
    ['application/dtmf-relay', 'NotSignal=5\r\n'],
    ['application/dtmf-relay', 'Signal=55\r\n'],
    ['application/dtmf', ''],
    ['application/dtmf', '12'.repeat(200)],
    ['application/dtmf', `${' '.repeat(600)}5`],
  ])('finds no key in %s %j', (type, body) => {
    expect(keyOfInfo(type, body)).toBeUndefined();
  });
});
