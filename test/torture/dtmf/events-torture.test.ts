import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TelephoneEventReceiver } from '../../../src/rtp/telephone-event.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.events'));

test('the files are there', () => {
  expect(files.length).toBeGreaterThan(9);
});

test.each(files)('%s', (name) => {
  const lines = readFileSync(new URL(name, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const expected = lines.find((line) => line.startsWith('# keys: '))!.slice('# keys: '.length);
  const receiver = new TelephoneEventReceiver();
  const keys = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [at, marker, timestamp, payload] = line.split(' ') as [string, string, string, string];
      return receiver.receive(Number(timestamp), Buffer.from(payload, 'hex'), Number(at), marker === 'M');
    });
  expect(keys.filter((key) => key !== undefined).join('')).toBe(expected);
});
