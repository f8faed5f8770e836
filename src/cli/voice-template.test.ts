import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { type CliResult, runCli } from '../../test/support/run-cli.ts';
import { tone } from '../audio/tone.ts';
import { writeWav } from '../audio/wav.ts';

let platform: HttpPlatform;
let folder: string;
let wav: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-voice-'));
  wav = join(folder, 'prompt.wav');
  writeFileSync(wav, writeWav(tone([700], 500)));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/torture/voice-files/${name}`, import.meta.url));
const run = (...args: string[]): Promise<CliResult> =>
  runCli(args, { OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('voice', () => {
  it('files are added, listed, approved, rejected and removed', async () => {
    const added = await json(
      'voice',
      'add',
      fixture('tone-1000-stereo-44100.mp3'),
      '--name',
      'notify.wav',
      '--approve',
    );
    expect(added).toMatchObject({
      name: 'notify.wav',
      state: 'approved',
      source: { container: 'MP3' },
      duration: 600,
    });
    expect(await json('voice', 'add', wav, '--description', 'plain')).toMatchObject({
      name: 'prompt.wav',
      state: 'pending',
      description: 'plain',
    });
    expect(await json('voice', 'list')).toMatchObject({
      voiceFiles: [{ name: 'notify.wav' }, { name: 'prompt.wav' }],
    });
    expect(await json('voice', 'approve', 'prompt.wav')).toMatchObject({ state: 'approved' });
    expect(await json('voice', 'reject', 'prompt.wav', '--reason', 'too loud')).toMatchObject({
      state: 'rejected',
      reason: 'too loud',
    });
    expect(await json('voice', 'remove', 'prompt.wav')).toEqual({ name: 'prompt.wav', removed: true });
    expect((await run('voice', 'list')).stdout).toMatch(
      /^NAME +STATE +DURATION +UPLOADED +DESCRIPTION\nnotify\.wav {2}approved {2}0\.6 s +MP3, 44100 Hz, stereo\n$/,
    );
  });

  it('files that are refused say what was found and what is accepted', async () => {
    const refused = await run('voice', 'add', fixture('truncated.flac'), '--name', 'notify.wav', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'voice-file-truncated' } });
    expect(refused.stderr).toBe(
      'error: The file is FLAC, 16-bit, 44100 Hz, stereo, with 16384 of 26460 samples. (voice-file-truncated) ' +
        'Accepted is a whole file; export or upload it again.\n',
    );
  });

  it('files that cannot be read, and reasons that are missing, are told of', async () => {
    for (const path of [join(folder, 'none.wav'), folder, join(folder, 'none', 'none.wav')]) {
      const unreadable = await run('voice', 'add', path, '--name', 'a.wav');
      expect(unreadable).toMatchObject({
        code: 1,
        stderr: `error: ${path} cannot be read. Give a WAV, MP3, Ogg Opus or FLAC file.\n`,
      });
    }
    expect((await run('voice', 'reject', 'a.wav')).code).toBe(2);
    expect((await run('voice', 'approve', 'a.wav')).stderr).toContain('(voice-file-unknown)');
  });
});

describe('template', () => {
  it('is added, listed, shown, changed, approved, rejected and removed', async () => {
    const content = '尊敬的${TXT_8}您的初始密码为${NUM_6}。';
    const wanted = ['--name', 'Password', '--content', content, '--speed', '-20', '--approve'];
    const added = await json<{ templateId: string }>('template', 'add', ...wanted);
    expect(added).toMatchObject({
      templateId: expect.stringMatching(/^[0-9a-f]{32}$/),
      content,
      speed: -20,
      state: 'approved',
    });
    const { templateId } = added;
    expect(await json('template', 'list')).toMatchObject({ templates: [{ templateId }] });
    expect(await json('template', 'show', templateId)).toEqual(added);
    expect(await json('template', 'update', templateId, '--content', '您好')).toMatchObject({
      content: '您好',
      speed: -20,
      state: 'pending',
    });
    expect(await json('template', 'approve', templateId)).toMatchObject({ state: 'approved' });
    expect(await json('template', 'reject', templateId, '--reason', 'secret')).toMatchObject({
      reason: 'secret',
    });
    expect((await run('template', 'show', templateId)).stdout).toMatch(
      /^template id +[0-9a-f]{32}\nname +Password\nstate +rejected\nreason +secret\nspeed +-20\ncontent +您好\n$/,
    );
    expect(await json('template', 'remove', templateId)).toEqual({ templateId, removed: true });
  });

  it('that is refused says what to do', async () => {
    const refused = await run('template', 'add', '--name', 'x', '--content', '${TXT_8}您好');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('(content-invalid) Begin with one, for example 您好');
    expect((await run('template', 'add', '--name', 'x', '--content', '您', '--speed', 'fast')).code).toBe(2);
  });
});
