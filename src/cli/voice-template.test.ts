import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { type CliResult, runCli } from '../../test/support/run-cli.ts';
import { tone } from '../audio/tone.ts';
import { parseWav, wavSamples, writeWav } from '../audio/wav.ts';

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
      /^NAME +STATE +IN SERVICE +DURATION +UPLOADED +DESCRIPTION\nnotify\.wav {2}approved {2}1 +0\.6 s +MP3, 44100 Hz, stereo\n$/,
    );
  });

  it('a file is shown, and downloaded to be heard, as calls play it or as it was', async () => {
    const mp3 = fixture('tone-1000-stereo-44100.mp3');
    const added = await json('voice', 'add', mp3, '--name', 'notify.wav', '--approve');
    expect(await json('voice', 'show', 'notify.wav')).toEqual(added);
    expect((await run('voice', 'show', 'notify.wav')).stdout).toMatch(
      /^name +notify\.wav\nstate +approved\n/,
    );
    const out = join(folder, 'heard.wav');
    const size = expect.any(Number);
    expect(await json('voice', 'download', 'notify.wav', '--out', out)).toEqual({
      name: 'notify.wav',
      file: out,
      size,
    });
    expect(wavSamples(parseWav(readFileSync(out))).length).toBe(4800);
    await json('voice', 'download', 'notify.wav', '--original', '--revision', '1', '--out', out);
    expect(readFileSync(out)).toEqual(readFileSync(mp3));
    const gone = await run('voice', 'download', 'notify.wav', '--revision', '2', '--out', out);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('revision 2');
    expect(readFileSync(out)).toEqual(readFileSync(mp3));
    const nowhere = await run('voice', 'download', 'notify.wav', '--out', join(out, 'x'));
    expect(nowhere.stderr).toContain(`There is no folder ${out}`);
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

  it('files that cannot be read, and names that are none, are told of with what is wanted', async () => {
    const wanted = 'Give the path of a WAV, MP3, Ogg Opus or FLAC file of at most 6 MB.';
    const none = join(folder, 'none.wav');
    for (const [path, message] of [
      [none, `There is no file ${none}.`],
      [join(wav, 'none.wav'), `There is no file ${join(wav, 'none.wav')}.`],
      [folder, `${folder} is not a file.`],
    ] as const) {
      const stderr = `error: ${message} ${wanted}\n`;
      expect(await run('voice', 'add', path, '--name', 'a.wav')).toMatchObject({ code: 1, stderr });
    }
    const mp3 = fixture('tone-1000-stereo-44100.mp3');
    expect((await run('voice', 'add', mp3)).stderr).toBe(
      'error: Calls name a voice file by a name that ends in .wav, and tone-1000-stereo-44100.mp3 does not. ' +
        'Say which: --name tone-1000-stereo-44100.wav.\n',
    );
    expect((await run('voice', 'add', mp3, '--name', 'no tify.mp3')).stderr).toBe(
      'error: The name no tify.mp3 does not end in .wav, whatever kind of file it is. ' +
        'Give for example --name no_tify.wav.\n',
    );
    expect((await run('voice', 'add')).code).toBe(2);
    expect((await run('voice', 'reject', 'a.wav')).code).toBe(2);
    expect((await run('voice', 'approve', 'a.wav')).stderr).toContain('(voice-file-unknown)');
  });

  it('revisions are listed, and one that was replaced is not approved', async () => {
    await json('voice', 'add', wav, '--approve');
    await json('voice', 'add', wav, '--description', 'louder');
    expect((await run('voice', 'list')).stdout).toMatch(/\nprompt\.wav {2}pending {2}1 /);
    const refused = await run('voice', 'approve', 'prompt.wav', '--revision', '1');
    expect(refused).toMatchObject({
      code: 1,
      stderr:
        'error: Revision 1 is in service already, and revision 2 is the latest. ' +
        '(revision-replaced) Review revision 2, then name it: --revision 2.\n',
    });
    expect(await json('voice', 'approve', 'prompt.wav', '--revision', '2')).toMatchObject({ inService: 2 });
    expect((await run('voice', 'revisions', 'prompt.wav')).stdout).toMatch(
      /^NO +STATE .*\n1 +replaced +2026\S+ +operator .*\n2 +in service +2026\S+ +operator .*louder\n$/,
    );
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
    const second = ['--revision', '2'];
    expect(await json('template', 'approve', templateId, ...second)).toMatchObject({ state: 'approved' });
    expect(await json('template', 'reject', templateId, '--reason', 'secret', ...second)).toMatchObject({
      reason: 'secret',
    });
    expect(await json('template', 'revisions', templateId)).toMatchObject({
      revisions: [
        { state: 'replaced', content },
        { state: 'rejected', content: '您好' },
      ],
    });
    expect((await run('template', 'show', templateId)).stdout).toMatch(
      /^template id +[0-9a-f]{32}\nname +Password\nstate +rejected\nreason +secret\nrevision +2\nin service +none\nspeed +-20\ncontent +您好\n$/,
    );
    expect(await json('template', 'remove', templateId)).toEqual({ templateId, removed: true });
  });

  it('that holds a variable without its $ is taken, with a warning', async () => {
    const { code, stdout } = await run('template', 'add', '--name', 'x', '--content', '您好{TXT_3}');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\nwarning +\{TXT_3\} is spoken as it stands; a variable is written \$\{TXT_3\}\.\n$/,
    );
  });

  it('that is refused says what to do', async () => {
    const refused = await run('template', 'add', '--name', 'x', '--content', '${TXT_8}您好');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('(content-invalid) Begin with one, for example 您好');
    expect((await run('template', 'add', '--name', 'x', '--content', '您', '--speed', 'fast')).code).toBe(2);
  });
});
