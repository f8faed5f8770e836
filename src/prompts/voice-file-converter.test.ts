import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { VoiceFileRefusal } from '../accounts/voice-file-refusal.ts';
import { tone } from '../audio/tone.ts';
import { writeWav } from '../audio/wav.ts';
import { ThreadedConverter } from './voice-file-converter.ts';

const run = promisify(execFile);
const folder = new URL('../../test/torture/voice-files/', import.meta.url);
const fixture = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const wav = writeWav(tone([1000], 500));

describe('a conversion in its thread', () => {
  it('gives the voice file, one upload after the other', async () => {
    const converter = new ThreadedConverter();
    const [first, second] = await Promise.all([
      converter.convert(wav),
      converter.convert(fixture('tone-1000-stereo.opus')),
    ]);
    expect(first.source.container).toBe('WAV');
    expect(first.duration).toBe(500);
    expect(second.source.container).toBe('Ogg Opus');
  });

  it('gives the refusal, and goes on with the next upload', async () => {
    const converter = new ThreadedConverter();
    const refused = converter.convert(fixture('truncated.flac'));
    const next = converter.convert(wav);
    await expect(refused).rejects.toBeInstanceOf(VoiceFileRefusal);
    await expect(refused).rejects.toMatchObject({
      reason: 'truncated',
      accepted: expect.stringContaining('whole'),
    });
    expect((await next).duration).toBe(500);
  });

  it('is ended when it takes too long', async () => {
    await expect(new ThreadedConverter({ timeout: 1 }).convert(wav)).rejects.toMatchObject({
      reason: 'too-costly',
      found: 'one that needs more time than a voice file may',
    });
  });

  it('is ended when it holds too much', async () => {
    const script = new URL('../../test/support/greedy-conversion.ts', import.meta.url);
    await expect(new ThreadedConverter({ script }).convert(wav)).rejects.toMatchObject({
      reason: 'too-costly',
      found: 'one that needs more memory than a voice file may',
    });
  });

  it('that ends without a result is a failure of ours, not a refusal', async () => {
    const script = new URL('data:text/javascript,process.exit(0)');
    await expect(new ThreadedConverter({ script }).convert(wav)).rejects.toThrow('without a result');
  });

  it.each([
    'bomb-three-hours-claiming-nothing.flac',
    'bomb-three-hours-claiming-a-second.flac',
    'bomb-an-hour-claiming-a-second.opus',
  ])('refuses %s in bounded memory', async (name) => {
    const program = `
      import { readFileSync } from 'node:fs';
      import { ThreadedConverter } from ${JSON.stringify(new URL('voice-file-converter.ts', import.meta.url).href)};
      const file = readFileSync(new URL(${JSON.stringify(new URL(name, folder).href)}));
      const refusal = await new ThreadedConverter().convert(file).catch((error) => error);
      console.log(JSON.stringify({ reason: refusal.reason, kilobytes: process.resourceUsage().maxRSS }));`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', program]);
    const { reason, kilobytes } = JSON.parse(stdout) as { reason: string; kilobytes: number };
    expect(reason).toBe('too-long');
    // Node and the decoder take some 150 MB; decoded as a whole, these would take 700 MB and more.
    expect(kilobytes).toBeLessThan(400_000);
    expect(stderr).toBe('');
  });
});
