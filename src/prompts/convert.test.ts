import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConvertedVoiceFile } from '../accounts/ports.ts';
import { VoiceFileRefusal, type VoiceFileRefusalReason } from '../accounts/voice-file-refusal.ts';
import { LARGEST_VOICE_FILE } from '../accounts/voice-file.ts';
import { linearToAlaw, linearToUlaw } from '../audio/g711.ts';
import { loudnessOf, promptLoudness } from '../audio/loudness.ts';
import { findTones } from '../audio/spectrum.ts';
import { parseWav, wavSamples, writeG711Wav, writeWav } from '../audio/wav.ts';
import { convert } from './convert.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/torture/voice-files/${name}`, import.meta.url));

function samplesOf({ wav }: ConvertedVoiceFile): Int16Array {
  const file = parseWav(wav);
  expect(file).toMatchObject({ encoding: 'PCMA', sampleRate: 8000, tracks: 1 });
  return wavSamples(file);
}

/** One tone and nothing else, at the loudness of all prompts. */
function expectTone(converted: ConvertedVoiceFile, frequency: number): void {
  const samples = samplesOf(converted);
  const middle = samples.subarray(800, -800);
  const tones = findTones(middle, { range: 30 });
  expect(tones.length).toBe(1);
  expect(Math.abs(tones[0]!.frequency - frequency)).toBeLessThan(1);
  expect(Math.abs(loudnessOf(middle) - promptLoudness)).toBeLessThan(0.5);
}

async function refusalOf(file: Uint8Array): Promise<VoiceFileRefusal> {
  try {
    await convert(file);
  } catch (error) {
    if (error instanceof VoiceFileRefusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

interface WavShape {
  readonly tag: number;
  readonly bits: number;
  readonly write: (view: DataView, at: number, unit: number) => void;
}

const shapes: Readonly<Record<string, WavShape>> = {
  '8-bit PCM': {
    tag: 1,
    bits: 8,
    write: (view, at, unit) => view.setUint8(at, Math.round(unit * 127) + 128),
  },
  '16-bit PCM': {
    tag: 1,
    bits: 16,
    write: (view, at, unit) => view.setInt16(at, Math.round(unit * 32_767), true),
  },
  '24-bit PCM': {
    tag: 1,
    bits: 24,
    write: (view, at, unit) => {
      const value = Math.round(unit * 8_388_607);
      view.setUint8(at, value & 0xff);
      view.setInt16(at + 1, value >> 8, true);
    },
  },
  '32-bit PCM': {
    tag: 1,
    bits: 32,
    write: (view, at, unit) => view.setInt32(at, Math.round(unit * 2_147_483_647), true),
  },
  '32-bit float': { tag: 3, bits: 32, write: (view, at, unit) => view.setFloat32(at, unit, true) },
  '64-bit float': { tag: 3, bits: 64, write: (view, at, unit) => view.setFloat64(at, unit, true) },
  'A-law': { tag: 6, bits: 8, write: (view, at, unit) => view.setUint8(at, linearToAlaw(unit * 32_767)) },
  'mu-law': { tag: 7, bits: 8, write: (view, at, unit) => view.setUint8(at, linearToUlaw(unit * 32_767)) },
};

/** A sine in the first track, and in the others too, as a WAV file. */
function wavOf(
  kind: string,
  { rate = 16_000, tracks = 1, frequency = 700, seconds = 0.6, amplitude = 0.1, extensible = false } = {},
): Uint8Array {
  const { tag, bits, write } = shapes[kind]!;
  const frames = Math.round(rate * seconds);
  const frame = (tracks * bits) / 8;
  const format = extensible ? 40 : 16;
  const file = new Uint8Array(12 + 8 + format + 8 + frames * frame);
  const view = new DataView(file.buffer);
  const put = (at: number, text: string): void => file.set(new TextEncoder().encode(text), at);
  put(0, 'RIFF');
  view.setUint32(4, file.length - 8, true);
  put(8, 'WAVEfmt ');
  view.setUint32(16, format, true);
  view.setUint16(20, extensible ? 0xfffe : tag, true);
  view.setUint16(22, tracks, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, tag, true);
  const start = 20 + format + 8;
  put(start - 8, 'data');
  view.setUint32(start - 4, frames * frame, true);
  for (let index = 0; index < frames; index += 1)
    for (let track = 0; track < tracks; track += 1)
      write(
        view,
        start + index * frame + (track * bits) / 8,
        amplitude * Math.sin((2 * Math.PI * frequency * index) / rate),
      );
  return file;
}

/** `file` with the 32-bit number at a place changed. */
function patched(file: Uint8Array, at: number, value: number): Uint8Array {
  const copy = file.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

const list = new TextEncoder().encode('LIST\x03\x00\x00\x00abc\x00');
/** ID3v1, as taggers put behind whatever they are given. */
const tag = new TextEncoder().encode(`TAG${'title'.padEnd(125, '\0')}`);

describe('a WAV file', () => {
  it.each(Object.keys(shapes))('of %s becomes a prompt', async (kind) => {
    for (const [rate, tracks] of [
      [8000, 1],
      [11_025, 2],
      [44_100, 1],
      [48_000, 2],
    ] as const) {
      const converted = await convert(wavOf(kind, { rate, tracks }));
      expectTone(converted, 700);
      expect(Math.abs(converted.duration - 600)).toBeLessThanOrEqual(1);
      expect(converted.source.container).toBe('WAV');
      expect(converted.source.description).toBe(
        `WAV, ${kind}, ${rate} Hz, ${tracks === 1 ? 'mono' : 'stereo'}`,
      );
    }
  });

  it.each([1000, 6000, 12_345, 96_000, 192_000])('of %i Hz becomes a prompt', async (rate) => {
    expectTone(await convert(wavOf('16-bit PCM', { rate, frequency: 300 })), 300);
  });

  it('may be of the extensible kind', async () => {
    expectTone(await convert(wavOf('24-bit PCM', { extensible: true })), 700);
  });

  it.each([0.003, 0.03, 0.3, 1])('of amplitude %d is heard at the same loudness', async (amplitude) => {
    const converted = await convert(wavOf('16-bit PCM', { amplitude, rate: 44_100 }));
    expectTone(converted, 700);
    expect(converted.source.loudness).toBeCloseTo(20 * Math.log10(amplitude), 0);
    expect(Math.abs((converted.loudness ?? 0) - promptLoudness)).toBeLessThanOrEqual(0.5);
  });

  it('may hold other chunks before and behind the sound', async () => {
    const plain = wavOf('16-bit PCM', { rate: 8000 });
    const file = Uint8Array.from([...plain.subarray(0, 12), ...list, ...plain.subarray(12), ...list]);
    expectTone(await convert(file), 700);
  });

  it.each([0xffff_ffff, 0x7fff_f000])('of a pipe, whose length is given as %i, holds all', async (length) => {
    const file = patched(wavOf('16-bit PCM', { rate: 8000 }), 40, length);
    expectTone(await convert(patched(file, 4, length + 36)), 700);
  });

  it.each([
    ['an unknown length for the whole', (file: Uint8Array) => patched(file, 4, 0xffff_ffff)],
    ['its own eight octets counted too', (file: Uint8Array) => patched(file, 4, file.length)],
    ['two octets of its format not counted', (file: Uint8Array) => patched(file, 4, file.length - 10)],
    [
      'an odd chunk behind without its pad',
      (file: Uint8Array) => Uint8Array.from([...file, ...list.subarray(0, -1)]),
    ],
    ['a tag behind it', (file: Uint8Array) => Uint8Array.from([...file, ...tag])],
    [
      'its sound of an odd length and a chunk behind',
      (file: Uint8Array) => Uint8Array.from([...patched(file, 40, 9599), ...list]),
    ],
  ])('may have %s', async (_, change) => {
    expectTone(await convert(change(wavOf('16-bit PCM', { rate: 8000 }))), 700);
  });

  it('may say that it has no sound where other chunks follow', async () => {
    const file = Uint8Array.from([...writeWav(new Int16Array(0)), ...list]);
    expect((await convert(file)).duration).toBe(20);
  });

  it('without any sound becomes silence, which suppresses a prompt', async () => {
    for (const file of [writeWav(new Int16Array(0)), writeWav(new Int16Array(1600))])
      expect(loudnessOf(samplesOf(await convert(file)))).toBe(-Infinity);
    expect((await convert(writeWav(new Int16Array(1600)))).source.loudness).toBeUndefined();
    expect((await convert(writeWav(new Int16Array(0)))).duration).toBe(20);
  });

  it('may be as long as 2 MB of A-law are, and not one sample longer', async () => {
    const longest = LARGEST_VOICE_FILE - 58;
    const file = await convert(writeG711Wav('PCMA', new Uint8Array(longest).fill(0xd5)));
    expect(file.wav.length).toBe(LARGEST_VOICE_FILE);
    const refusal = await refusalOf(writeG711Wav('PCMA', new Uint8Array(longest + 1).fill(0xd5)));
    expect(refusal).toMatchObject({
      reason: 'too-long',
      found: 'WAV, A-law, 8000 Hz, mono, 262 s long',
      accepted: 'at most 262 s, which are 2 MB of A-law',
    });
  });

  const whole = wavOf('16-bit PCM', { rate: 8000 });
  it.each<[string, Uint8Array, VoiceFileRefusalReason, string | RegExp]>([
    ['is cut off', whole.subarray(0, 5000), 'truncated', /with 4956 of 9600 octets of sound$/],
    ['claims one octet too many', patched(whole, 40, 9601), 'truncated', /with 9600 of 9601 octets/],
    ['ends before its sound', whole.subarray(0, 40), 'truncated', 'a WAV file that ends before its samples'],
    ['ends within its format', whole.subarray(0, 30), 'truncated', 'a WAV file that ends before its samples'],
    ['is a mark only', whole.subarray(0, 12), 'truncated', 'a WAV file that ends before its samples'],
    ['was never finished', patched(patched(whole, 40, 0), 4, 36), 'damaged', /length was never filled in$/],
    [
      'says that its sound has no length',
      patched(whole, 40, 0),
      'damaged',
      /which says that it holds 0 octets of sound, but 9600 octets that are no part of it follow$/,
    ],
    ['says that its sound is short', patched(whole, 40, 200), 'damaged', /holds 200 octets .* 9400 octets/],
    [
      'says so throughout',
      patched(patched(whole, 40, 200), 4, 236),
      'damaged',
      /holds 200 octets of sound, but 9400 octets/,
    ],
    [
      'says that the whole is short',
      patched(whole, 4, 100),
      'damaged',
      /which says that it has 108 octets in all, but whose sound ends at 9644$/,
    ],
    ['lost what came last', patched(whole, 4, 90_000), 'truncated', /with 9644 of 90008 octets$/],
    ['has a format of 4 octets', patched(whole, 16, 4), 'damaged', 'a WAV file with half a format'],
    ['has frames of another size', patched(whole, 32, 0x0010_0003), 'damaged', /contradicts itself$/],
    ['has no track', patched(whole, 20, 0x0000_0001), 'unsupported', 'WAV, 16-bit PCM, 8000 Hz, 0 tracks'],
    ['has 65535 tracks', patched(whole, 20, 0xffff_0001), 'unsupported', /65535 tracks$/],
    ['has 999 samples a second', patched(whole, 24, 999), 'unsupported', 'WAV, 16-bit PCM, 999 Hz, mono'],
    ['has 4 GHz', patched(whole, 24, 0xffff_ffff), 'unsupported', /4294967295 Hz/],
    ['has 12-bit samples', patched(whole, 32, 0x000c_0002), 'unsupported', 'WAV, 12-bit samples'],
    ['holds MP3', patched(whole, 20, 0x0001_0055), 'unsupported', 'WAV, MP3 inside WAV'],
    ['holds something unknown', patched(whole, 20, 0x0001_1234), 'unsupported', 'WAV, codec number 4660'],
    ['has three tracks', wavOf('16-bit PCM', { tracks: 3 }), 'unsupported', /16000 Hz, 3 tracks$/],
    ['holds no numbers', wavOf('32-bit float', { amplitude: Number.NaN }), 'damaged', /no sound$/],
    ['holds infinities', wavOf('64-bit float', { amplitude: 1e300 }), 'damaged', /no sound$/],
  ])('that %s is refused', async (_case, file, reason, found) => {
    const refusal = await refusalOf(file);
    expect(refusal.reason).toBe(reason);
    expect(refusal.found).toMatch(found);
  });

  it('never has its format behind its sound', async () => {
    const file = whole.slice();
    file.set(new TextEncoder().encode('junk'), 12);
    expect(await refusalOf(file)).toMatchObject({ reason: 'damaged' });
  });
});

describe('a compressed file becomes a prompt', () => {
  it.each([
    ['tone-1000-stereo-44100.mp3', 1000, 'MP3, 44100 Hz, stereo', 'MP3'],
    ['tone-1000-stereo-24000-without-info-frame.mp3', 1000, 'MP3, 24000 Hz, stereo', 'MP3'],
    ['tone-440-soft-mono-22050-vbr.mp3', 440, 'MP3, 22050 Hz, mono', 'MP3'],
    ['tone-440-tagged-mono-8000.mp3', 440, 'MP3, 8000 Hz, mono', 'MP3'],
    ['tone-1000-stereo.opus', 1000, 'Ogg Opus, 48000 Hz, stereo', 'Ogg Opus'],
    ['tone-440-soft-mono.opus', 440, 'Ogg Opus, 48000 Hz, mono', 'Ogg Opus'],
    ['tone-1000-stereo-44100.flac', 1000, 'FLAC, 16-bit, 44100 Hz, stereo', 'FLAC'],
    ['tone-440-soft-mono-22050-24-bit.flac', 440, 'FLAC, 24-bit, 22050 Hz, mono', 'FLAC'],
  ] as const)('%s', async (name, frequency, description, container) => {
    const file = fixture(name);
    const converted = await convert(file);
    expectTone(converted, frequency);
    expect(converted.source).toMatchObject({ container, description, size: file.length });
    expect(converted.duration).toBeGreaterThan(590);
    expect(converted.duration).toBeLessThan(800);
  });

  it('an MP3 with tags behind it, or padding', async () => {
    const plain = fixture('tone-1000-stereo-44100.mp3');
    const trailers = ['TAG', 'APETAGEX', 'LYRICSBEGIN'].map((tag) =>
      new TextEncoder().encode(tag.padEnd(128)),
    );
    for (const trailer of [...trailers, new Uint8Array(300)])
      expectTone(await convert(Uint8Array.from([...plain, ...trailer])), 1000);
  });
});

describe('is refused, with what was found:', () => {
  it.each<[string, VoiceFileRefusalReason, string]>([
    ['truncated-within-a-frame.mp3', 'truncated', 'MP3, 44100 Hz, stereo, cut off after 0.4 s'],
    ['truncated-between-frames.mp3', 'truncated', 'MP3, 44100 Hz, stereo, with 12 frames where it says 24'],
    ['ends-within-its-tag.mp3', 'truncated', 'an MP3 file that ends within its tag'],
    ['claims-three-frames.mp3', 'damaged', 'MP3, 44100 Hz, stereo, with 25 frames where it says 3'],
    ['a-frame-overwritten.mp3', 'damaged', 'MP3, 44100 Hz, stereo, unreadable after 0.2 s'],
    ['truncated-within-a-page.opus', 'truncated', 'an Ogg file that ends within a page'],
    ['without-its-last-page.opus', 'truncated', 'Ogg Opus, 48000 Hz, mono, without its last page'],
    ['wrong-checksum.opus', 'damaged', 'an Ogg file with a wrong checksum at octet 841'],
    ['claims-a-minute.opus', 'damaged', 'Ogg Opus, 48000 Hz, mono, with 0.6 s of sound where it says 60.0 s'],
    ['claims-an-hour.opus', 'too-long', 'Ogg Opus, 48000 Hz, mono, 3600 s long'],
    ['bomb-an-hour-claiming-a-second.opus', 'too-long', 'Ogg Opus, 48000 Hz, mono, longer than 262 s'],
    ['two-streams.opus', 'unsupported', 'Ogg Opus, 48000 Hz, mono, with more than one stream'],
    ['vorbis.ogg', 'unsupported', 'Ogg Vorbis'],
    ['truncated.flac', 'truncated', 'FLAC, 16-bit, 44100 Hz, stereo, with 16384 of 26460 samples'],
    ['ends-within-its-header.flac', 'truncated', 'a FLAC file that ends within its header'],
    [
      'damaged-in-the-middle.flac',
      'truncated',
      'FLAC, 16-bit, 44100 Hz, stereo, with 12288 of 26460 samples',
    ],
    [
      'claims-half-of-what-it-holds.flac',
      'damaged',
      'FLAC, 16-bit, 44100 Hz, stereo, with 26460 samples where it says 13230',
    ],
    ['claims-three-hours.flac', 'too-long', 'FLAC, 16-bit, 8000 Hz, mono, 10800 s long'],
    ['bomb-three-hours-claiming-nothing.flac', 'too-long', 'FLAC, 16-bit, 8000 Hz, mono, longer than 262 s'],
    ['bomb-three-hours-claiming-a-second.flac', 'too-long', 'FLAC, 16-bit, 8000 Hz, mono, longer than 262 s'],
    ['six-tracks.flac', 'unsupported', 'FLAC, 16-bit, 44100 Hz, 6 tracks'],
    ['ms-adpcm.wav', 'unsupported', 'WAV, Microsoft ADPCM'],
  ])('%s', async (name, reason, found) => {
    const refusal = await refusalOf(fixture(name));
    expect(refusal).toMatchObject({ reason, found });
    expect(refusal.message).toBe(`The file is ${found}.`);
    expect(refusal.accepted).not.toBe('');
  });

  it.each([
    ['an M4A file', '\0\0\0\x20ftypM4A ', 'MP4 or M4A'],
    ['an AMR file', '#!AMR\n', 'AMR'],
    ['an AIFF file', 'FORM\0\0\0\0AIFF', 'AIFF'],
    ['a text', 'Hello, this is a text.', 'no sound file of a known kind'],
    ['a picture', '\xff\xd8\xff\xe0', 'no sound file of a known kind'],
    ['one octet', 'x', 'no sound file of a known kind'],
    ['AAC', '\xff\xf1\x50\x80', 'AAC'],
    ['MP2', '\xff\xfd\x94\x00', 'MPEG layer II'],
  ])('%s', async (_case, content, found) => {
    const refusal = await refusalOf(Uint8Array.from(content, (letter) => letter.charCodeAt(0)));
    expect(refusal).toMatchObject({ reason: 'unsupported', found });
  });

  it('an MP3 of silence that goes on for an hour', async () => {
    // MPEG 2, layer III, 8 kbit/s, 16 kHz, mono: 36 octets for 36 ms.
    const frame = Uint8Array.from([0xff, 0xf3, 0x18, 0xc4, ...new Uint8Array(32)]);
    const frames = new Uint8Array(frame.length * 100_000);
    for (let at = 0; at < frames.length; at += frame.length) frames.set(frame, at);
    expect(await refusalOf(frames)).toMatchObject({
      reason: 'too-long',
      found: 'MP3, 16000 Hz, mono, 3600 s long',
    });
  });
});

describe('whatever is uploaded', () => {
  it('every beginning of every kind of file is converted or refused', async () => {
    for (const name of [
      'tone-1000-stereo-44100.mp3',
      'tone-440-soft-mono.opus',
      'tone-440-soft-mono-22050-24-bit.flac',
    ]) {
      const file = fixture(name);
      for (let length = 0; length < 220; length += 1)
        await expect(convert(file.subarray(0, length))).rejects.toThrow(VoiceFileRefusal);
    }
  });
});
