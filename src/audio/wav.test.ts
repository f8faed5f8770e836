import { describe, expect, test } from 'vitest';
import { encodeG711 } from './g711.ts';
import { tone } from './tone.ts';
import { parseWav, WavError, wavHeader, wavHeaderLength, wavSamples, writeG711Wav, writeWav } from './wav.ts';

const samples = Int16Array.from([0, 1, -1, 32_767, -32_768, 1234]);

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function uint32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

function uint16(value: number): number[] {
  return [value & 0xff, value >> 8];
}

function chunk(name: string, octets: readonly number[], length = octets.length): number[] {
  return [...ascii(name), ...uint32(length), ...octets, ...(octets.length % 2 === 1 ? [0] : [])];
}

function riff(...chunks: number[][]): Uint8Array {
  const body = chunks.flat();
  return Uint8Array.from([...ascii('RIFF'), ...uint32(body.length + 4), ...ascii('WAVE'), ...body]);
}

function format(
  tag: number,
  bits: number,
  { tracks = 1, rate = 8000, more = [] as number[] } = {},
): number[] {
  return chunk('fmt ', [
    tag & 0xff,
    tag >> 8,
    tracks,
    0,
    ...uint32(rate),
    ...uint32(rate),
    1,
    0,
    bits,
    0,
    ...more,
  ]);
}

test('a file of 16-bit samples, octet by octet', () => {
  expect([...writeWav(Int16Array.from([1, -2]))]).toEqual([
    ...ascii('RIFF'),
    ...uint32(40),
    ...ascii('WAVE'),
    ...ascii('fmt '),
    ...uint32(16),
    ...uint16(1),
    ...uint16(1),
    ...uint32(8000),
    ...uint32(16_000),
    ...uint16(2),
    ...uint16(16),
    ...ascii('data'),
    ...uint32(4),
    ...uint16(1),
    ...uint16(0xfffe),
  ]);
});

test('samples survive writing and reading', () => {
  const file = parseWav(writeWav(samples, 16_000, 2));
  expect(file).toMatchObject({ encoding: 'PCM16', sampleRate: 16_000, tracks: 2 });
  expect(wavSamples(file)).toEqual(samples);
});

test.each(['PCMA', 'PCMU'] as const)('%s survives, with an odd number of octets too', (encoding) => {
  const octets = encodeG711(encoding, tone([440], 10).subarray(0, 79));
  const written = writeG711Wav(encoding, octets);
  expect(written.length % 2).toBe(0);
  const file = parseWav(written);
  expect(file).toMatchObject({ encoding, sampleRate: 8000, tracks: 1, octets });
  expect(wavSamples(file).length).toBe(79);
});

test('a file read from the middle of a larger buffer', () => {
  const file = writeWav(samples);
  const larger = new Uint8Array(file.length + 7);
  larger.set(file, 7);
  expect(wavSamples(parseWav(larger.subarray(7)))).toEqual(samples);
});

test('the header has the length it says', () => {
  for (const encoding of ['PCM16', 'PCMA', 'PCMU'] as const)
    expect(wavHeader({ encoding, sampleRate: 8000, tracks: 1 }, 0).length).toBe(wavHeaderLength(encoding));
});

describe('what recorders and editors do', () => {
  test('unknown chunks of odd length before and after', () => {
    const file = riff(
      chunk('LIST', [1, 2, 3]),
      format(1, 16),
      chunk('fact', [0, 0, 0, 0]),
      chunk('data', [5, 0]),
      chunk('id3 ', [1]),
    );
    expect([...wavSamples(parseWav(file))]).toEqual([5]);
  });

  test('the extensible format', () => {
    const more = [22, 0, 16, 0, 0, 0, 0, 0, 6, 0];
    expect(parseWav(riff(format(0xfffe, 8, { more }), chunk('data', [0xd5, 0xd5]))).encoding).toBe('PCMA');
  });

  test('a file that was cut off', () => {
    const file = riff(format(1, 16), chunk('data', [1, 0, 2, 0, 3], 1000));
    expect([...wavSamples(parseWav(file.subarray(0, -1)))]).toEqual([1, 2]);
  });

  test('a recorder that was killed before it wrote the lengths', () => {
    const header = wavHeader({ encoding: 'PCM16', sampleRate: 8000, tracks: 1 }, 0);
    expect([...wavSamples(parseWav(Uint8Array.from([...header, 1, 0, 2, 0])))]).toEqual([1, 2]);
  });

  test('lengths of a stream that has no end', () => {
    expect([...wavSamples(parseWav(riff(format(1, 16), chunk('data', [7, 0], 0xffffffff))))]).toEqual([7]);
  });

  test('no samples at all, with a chunk behind', () => {
    expect(parseWav(riff(format(1, 16), chunk('data', []), chunk('LIST', [1, 2]))).octets.length).toBe(0);
  });

  test('half a frame at the end is dropped', () => {
    expect(
      parseWav(riff(format(1, 16, { tracks: 2 }), chunk('data', [1, 0, 2, 0, 3, 0]))).octets.length,
    ).toBe(4);
  });
});

describe('refused', () => {
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['text', Uint8Array.from(ascii('hello, this is no WAV file'))],
    ['RIFF of another kind', Uint8Array.from([...ascii('RIFF'), ...uint32(4), ...ascii('AVI ')])],
    ['no chunks', riff()],
    ['no samples', riff(format(1, 16))],
    ['samples before their format', riff(chunk('data', [0, 0]), format(1, 16))],
    ['a format cut off', riff(chunk('fmt ', [1, 0, 1, 0]), chunk('data', []))],
    ['8-bit PCM', riff(format(1, 8), chunk('data', [0]))],
    ['24-bit PCM', riff(format(1, 24), chunk('data', [0]))],
    ['floating point', riff(format(3, 32), chunk('data', [0]))],
    ['ADPCM', riff(format(0x11, 4), chunk('data', [0]))],
    ['an extensible format without its tag', riff(format(0xfffe, 16), chunk('data', [0, 0]))],
    ['no tracks', riff(format(1, 16, { tracks: 0 }), chunk('data', [0, 0]))],
    ['too many tracks', riff(format(1, 16, { tracks: 9 }), chunk('data', [0, 0]))],
    ['no samples a second', riff(format(1, 16, { rate: 0 }), chunk('data', [0, 0]))],
    [
      'a chunk longer than the file',
      riff(chunk('LIST', [1, 2], 0xffffffff), format(1, 16), chunk('data', [0, 0])),
    ],
  ])('%s', (_, file) => {
    expect(() => parseWav(file)).toThrow(WavError);
  });

  test('any cut of a file is read or refused, never worse', () => {
    const file = writeG711Wav('PCMA', new Uint8Array(9));
    for (let length = 0; length < file.length; length += 1) {
      const cut = file.subarray(0, length);
      if (length < 58) expect(() => parseWav(cut)).toThrow(WavError);
      else expect(parseWav(cut).octets.length).toBe(Math.min(9, length - 58));
    }
  });
});
