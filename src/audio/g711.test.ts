import { describe, expect, test } from 'vitest';
import {
  alawToLinear,
  alawToUlaw,
  decodeG711,
  encodeG711,
  g711Silence,
  linearToAlaw,
  linearToUlaw,
  transcodeG711,
  ulawToAlaw,
  ulawToLinear,
} from './g711.ts';

const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);

describe('A-law', () => {
  test('decodes the extremes and the smallest values of G.711 Table 1', () => {
    expect([0xd5, 0x55, 0xaa, 0x2a].map((octet) => alawToLinear[octet])).toEqual([8, -8, 32256, -32256]);
  });

  test('every octet survives decoding and encoding', () => {
    expect(encodeG711('PCMA', decodeG711('PCMA', octets))).toEqual(octets);
  });

  test('every sample decodes within half a quantising step of itself', () => {
    for (let sample = -32768; sample <= 32767; sample += 1) {
      const decoded = alawToLinear[linearToAlaw(sample)]!;
      const step = Math.max(16, 2 ** Math.floor(Math.log2(Math.abs(sample) + 1)) / 16);
      expect(Math.abs(decoded - sample), `${sample}`).toBeLessThanOrEqual(step / 2 + 1);
    }
  });
});

describe('mu-law', () => {
  test('decodes the extremes and both zeros of G.711 Table 2', () => {
    expect([0xff, 0x7f, 0x80, 0x00].map((octet) => ulawToLinear[octet])).toEqual([0, 0, 32124, -32124]);
  });

  test('every octet but the negative zero survives decoding and encoding', () => {
    const again = encodeG711('PCMU', decodeG711('PCMU', octets));
    const expected = Uint8Array.from(octets);
    expected[0x7f] = 0xff;
    expect(again).toEqual(expected);
  });

  test('encoding never falls as the sample rises, and clips beyond the largest value', () => {
    let before = -Infinity;
    for (let sample = -32768; sample <= 32767; sample += 1) {
      const decoded = ulawToLinear[linearToUlaw(sample)]!;
      expect(decoded).toBeGreaterThanOrEqual(before);
      before = decoded;
    }
    expect(linearToUlaw(32767)).toBe(0x80);
    expect(linearToUlaw(-32768)).toBe(0x00);
  });
});

describe('conversion between the laws', () => {
  test('keeps the sign and stays within one quantising step', () => {
    for (const octet of octets) {
      const fromAlaw = alawToLinear[octet]!;
      const inUlaw = ulawToLinear[alawToUlaw[octet]!]!;
      expect(Math.abs(fromAlaw - inUlaw)).toBeLessThanOrEqual(Math.max(8, Math.abs(fromAlaw) / 16));
      const fromUlaw = ulawToLinear[octet]!;
      const inAlaw = alawToLinear[ulawToAlaw[octet]!]!;
      expect(Math.abs(fromUlaw - inAlaw)).toBeLessThanOrEqual(Math.max(8, Math.abs(fromUlaw) / 16));
    }
  });

  test('settles after the first pass: further conversions change nothing', () => {
    for (const octet of octets) {
      const once = ulawToAlaw[alawToUlaw[octet]!]!;
      expect(ulawToAlaw[alawToUlaw[once]!]).toBe(once);
      const onceUlaw = alawToUlaw[ulawToAlaw[octet]!]!;
      expect(alawToUlaw[ulawToAlaw[onceUlaw]!]).toBe(onceUlaw);
    }
  });

  test('silence becomes silence', () => {
    const silence = new Uint8Array(160).fill(g711Silence.PCMA);
    expect(transcodeG711('PCMA', 'PCMU', silence).every((octet) => Math.abs(ulawToLinear[octet]!) <= 8)).toBe(
      true,
    );
  });

  test('works in place and copies when both laws are the same', () => {
    const payload = Uint8Array.from([0, 0xd5, 0x2a, 0xff]);
    expect(transcodeG711('PCMA', 'PCMA', payload)).toEqual(payload);
    const expected = transcodeG711('PCMA', 'PCMU', payload);
    expect(transcodeG711('PCMA', 'PCMU', payload, payload)).toEqual(expected);
    expect(payload).toEqual(expected);
  });
});

test('a longer buffer is written at its beginning and the used part returned', () => {
  const out = new Uint8Array(320);
  const written = encodeG711('PCMU', new Int16Array(160), out);
  expect(written.length).toBe(160);
  expect(written.buffer).toBe(out.buffer);
  expect(decodeG711('PCMU', written, new Int16Array(500)).length).toBe(160);
});
