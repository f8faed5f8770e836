import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LARGEST_SOURCE } from '../../accounts/voice-file.ts';
import { findTones } from '../../audio/spectrum.ts';
import { tone } from '../../audio/tone.ts';
import { parseWav, wavSamples, writeWav } from '../../audio/wav.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const PATH = '/admin/v1/voice-files';
const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../test/torture/voice-files/${name}`, import.meta.url));
const wav = (frequency: number): Uint8Array => writeWav(tone([frequency], 500));

type Fields = Readonly<Record<string, string | Uint8Array>>;

const authorization = `Bearer ${ADMIN_TOKEN}`;

async function post(fields: Fields): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value as Uint8Array<ArrayBuffer>]), 'upload.bin');
  }
  const response = await fetch(`${platform.url}${PATH}`, {
    method: 'POST',
    headers: { authorization },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function audio(
  name: string,
  query = '',
): Promise<{ status: number; type: string | null; octets: Uint8Array }> {
  const response = await fetch(`${platform.url}${PATH}/${name}/audio${query}`, {
    headers: { authorization },
  });
  const octets = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get('content-type'), octets };
}

const frequencyOf = (octets: Uint8Array): number =>
  Math.round(findTones(wavSamples(parseWav(octets)).subarray(400, -400))[0]?.frequency ?? 0);

describe('voice files', () => {
  it('are uploaded, reviewed, listed, heard and removed', async () => {
    const file = fixture('tone-1000-stereo.opus');
    const created = await post({ name: 'notify.wav', description: '快递通知', file });
    expect(created).toEqual({
      status: 201,
      body: {
        name: 'notify.wav',
        description: '快递通知',
        state: 'pending',
        revision: 1,
        source: {
          container: 'Ogg Opus',
          description: 'Ogg Opus, 48000 Hz, stereo',
          size: file.length,
          loudness: expect.any(Number),
        },
        duration: expect.any(Number),
        loudness: expect.closeTo(-20, 0),
        createdAt: '2026-01-01T00:00:00.000Z',
        uploadedAt: '2026-01-01T00:00:00.000Z',
      },
    });
    const path = `${PATH}/notify.wav`;
    expect(await platform.admin('GET', PATH)).toEqual({ status: 200, body: { voiceFiles: [created.body] } });
    expect(await platform.admin('GET', path)).toEqual({ status: 200, body: created.body });

    const converted = await audio('notify.wav');
    expect(converted).toMatchObject({ status: 200, type: 'audio/wav' });
    expect(frequencyOf(converted.octets)).toBe(1000);
    const original = await audio('notify.wav', '?form=original');
    expect(original).toMatchObject({ status: 200, type: 'audio/ogg' });
    expect(original.octets).toEqual(Uint8Array.from(file));

    expect((await platform.admin('POST', `${path}/approve`)).body).toEqual({
      ...created.body,
      state: 'approved',
      inService: 1,
    });
    const rejected = await platform.admin('POST', `${path}/reject`, { reason: 'too loud' });
    expect(rejected.body).toEqual({ ...created.body, state: 'rejected', reason: 'too loud' });
    expect((await platform.admin('DELETE', path)).status).toBe(204);
    expect((await platform.admin('GET', path)).status).toBe(404);
  });

  it('may be approved at once, in any order of the form’s parts', async () => {
    const { body } = await post({ file: wav(600), approve: 'true', name: 'a@b-c_1.wav' });
    expect(body).toMatchObject({ state: 'approved', name: 'a@b-c_1.wav', description: '' });
    expect((await platform.admin('GET', `${PATH}/a@b-c_1.wav`)).status).toBe(200);
  });

  it('stay in service while their next revision is reviewed', async () => {
    await post({ name: 'a.wav', file: wav(600), approve: 'true' });
    await platform.clock.advance(60_000);
    const { body } = await post({ name: 'a.wav', file: wav(900) });
    expect(body).toMatchObject({
      state: 'pending',
      revision: 2,
      inService: 1,
      createdAt: '2026-01-01T00:00:00.000Z',
      uploadedAt: '2026-01-01T00:01:00.000Z',
    });
    expect(frequencyOf((await audio('a.wav')).octets)).toBe(900);
    expect(frequencyOf((await audio('a.wav', '?revision=1')).octets)).toBe(600);
    expect((await platform.admin<{ voiceFiles: unknown[] }>('GET', PATH)).body.voiceFiles.length).toBe(1);

    const path = `${PATH}/a.wav`;
    const rejected = await platform.admin('POST', `${path}/reject`, { reason: 'too loud', revision: 2 });
    expect(rejected.body).toMatchObject({ state: 'rejected', reason: 'too loud', revision: 2, inService: 1 });
    await post({ name: 'a.wav', file: wav(1200) });
    const approved = await platform.admin('POST', `${path}/approve`, { revision: 3 });
    expect(approved.body).toMatchObject({ state: 'approved', revision: 3, inService: 3 });
    expect((await audio('a.wav', '?revision=1')).status).toBe(404);
    expect(frequencyOf((await audio('a.wav')).octets)).toBe(1200);
  });

  it('have a history of revisions, also over a removal', async () => {
    await post({ name: 'a.wav', file: wav(600), approve: 'true', description: 'first' });
    await post({ name: 'a.wav', file: fixture('tone-1000-stereo.opus') });
    await platform.admin('POST', `${PATH}/a.wav/reject`, { reason: 'too loud', revision: 2 });
    await post({ name: 'a.wav', file: wav(900) });
    await platform.admin('POST', `${PATH}/a.wav/approve`, { revision: 3 });
    await platform.admin('DELETE', `${PATH}/a.wav`);
    await post({ name: 'a.wav', file: wav(600) });
    const { body } = await platform.admin('GET', `${PATH}/a.wav/revisions`);
    const at = '2026-01-01T00:00:00.000Z';
    const submitted = { submittedAt: at, submittedBy: 'operator', inService: false };
    const reviewed = { reviewedAt: at, reviewedBy: 'operator' };
    expect(body).toMatchObject({
      revisions: [
        { number: 1, state: 'replaced', description: 'first', ...submitted, ...reviewed },
        { number: 2, state: 'rejected', reason: 'too loud', source: { container: 'Ogg Opus' }, ...reviewed },
        { number: 3, state: 'replaced', source: { container: 'WAV' }, duration: 500, ...reviewed },
        { number: 4, state: 'pending', ...submitted },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('sound');
    // It may not be that of before.
    expect(await platform.admin('POST', `${PATH}/a.wav/approve`)).toMatchObject({ status: 409 });
  });

  it('leave what they were before in the audit trail', async () => {
    await post({ name: 'a.wav', file: wav(600), description: 'old', approve: 'true' });
    await post({ name: 'a.wav', file: wav(900), description: 'new' });
    const { body } = await platform.admin<{ entries: unknown[] }>('GET', '/admin/v1/audit?kind=voice-file');
    expect(body.entries[0]).toMatchObject({
      before: { description: 'old', revision: 1 },
      after: { description: 'new', revision: 2 },
    });
  });

  it('of which one is refused stay as they were', async () => {
    await post({ name: 'a.wav', file: wav(600), approve: 'true' });
    expect((await post({ name: 'a.wav', file: fixture('truncated.flac') })).status).toBe(422);
    expect((await platform.admin('GET', `${PATH}/a.wav`)).body).toMatchObject({ state: 'approved' });
    expect(frequencyOf((await audio('a.wav')).octets)).toBe(600);
  });
});

describe('an upload is refused', () => {
  it('with what was found and what is accepted', async () => {
    expect(await post({ name: 'a.wav', file: fixture('vorbis.ogg') })).toEqual({
      status: 422,
      body: {
        error: {
          code: 'voice-file-unsupported',
          message: 'The file is Ogg Vorbis.',
          field: 'file',
          found: 'Ogg Vorbis',
          accepted: expect.stringContaining('Ogg Opus or FLAC'),
          remedy: expect.stringMatching(/^Accepted is WAV/),
        },
      },
    });
  });

  it('over 6 MB, and not at 6 MB', async () => {
    const most = await post({ name: 'a.wav', file: new Uint8Array(LARGEST_SOURCE) });
    expect(most).toMatchObject({ status: 422, body: { error: { code: 'voice-file-unsupported' } } });
    const more = await post({ name: 'a.wav', file: new Uint8Array(LARGEST_SOURCE + 1) });
    expect(more).toMatchObject({
      status: 413,
      body: { error: { code: 'voice-file-too-large', accepted: 'a file of at most 6 MB' } },
    });
  });

  it.each<[string, Fields, number, string]>([
    ['an empty file', { name: 'a.wav', file: new Uint8Array(0) }, 422, 'voice-file-empty'],
    ['a name that does not end in .wav', { name: 'a.mp3', file: wav(600) }, 422, 'name-invalid'],
    ['a name with a path', { name: '../a.wav', file: wav(600) }, 422, 'name-invalid'],
    [
      'a description of 257 characters',
      { name: 'a.wav', description: 'x'.repeat(257), file: wav(600) },
      422,
      'description-invalid',
    ],
    ['no file', { name: 'a.wav' }, 400, 'invalid-request'],
    ['no name', { file: wav(600) }, 400, 'invalid-request'],
    ['a file under another name', { name: 'a.wav', sound: wav(600) }, 400, 'invalid-request'],
    ['an unknown field', { name: 'a.wav', file: wav(600), volume: '3' }, 400, 'invalid-request'],
    [
      'an approval that is neither',
      { name: 'a.wav', file: wav(600), approve: 'yes' },
      400,
      'invalid-request',
    ],
    ['a field of 5000 octets', { name: 'a'.repeat(5000), file: wav(600) }, 400, 'invalid-request'],
    [
      'too many fields',
      { name: 'a.wav', description: '', approve: 'true', a: '', b: '', file: wav(600) },
      400,
      'invalid-request',
    ],
  ])('with %s', async (_case, fields, status, code) => {
    expect(await post(fields)).toMatchObject({ status, body: { error: { code } } });
    expect((await platform.admin('GET', PATH)).body).toEqual({ voiceFiles: [] });
  });

  it('with two files', async () => {
    const form = new FormData();
    form.append('name', 'a.wav');
    for (const frequency of [600, 900])
      form.append('file', new Blob([wav(frequency) as Uint8Array<ArrayBuffer>]), 'a.wav');
    const response = await fetch(`${platform.url}${PATH}`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });

  it('that is no form, or half of one', async () => {
    const upload = (type: string, body: string): Promise<Response> =>
      fetch(`${platform.url}${PATH}`, {
        method: 'POST',
        headers: { authorization, 'content-type': type },
        body,
      });
    for (const [type, body] of [
      ['application/json', '{}'],
      ['multipart/form-data', 'x'],
      [
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF',
      ],
      ['text/plain', 'x'],
    ] as const) {
      const response = await upload(type, body);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(await response.json()).toHaveProperty('error.code');
    }
  });

  it('without the operator’s token', async () => {
    const form = new FormData();
    form.append('name', 'a.wav');
    form.append('file', new Blob([wav(600) as Uint8Array<ArrayBuffer>]), 'a.wav');
    expect((await fetch(`${platform.url}${PATH}`, { method: 'POST', body: form })).status).toBe(401);
  });
});

describe('a review', () => {
  it('of what is not there is 404', async () => {
    for (const [method, path, body] of [
      ['GET', 'a.wav', undefined],
      ['GET', 'a.wav/audio', undefined],
      ['GET', 'a.wav/revisions', undefined],
      ['POST', 'a.wav/approve', undefined],
      ['POST', 'a.wav/reject', { reason: 'x' }],
      ['DELETE', 'a.wav', undefined],
    ] as const)
      expect(await platform.admin(method, `${PATH}/${path}`, body)).toMatchObject({
        status: 404,
        body: { error: { code: 'voice-file-unknown', remedy: expect.stringContaining('voice list') } },
      });
  });

  it('names the revision that was reviewed, once there are several', async () => {
    await post({ name: 'a.wav', file: wav(600) });
    await post({ name: 'a.wav', file: wav(900) });
    const review = (decision: string, body: object) =>
      platform.admin('POST', `${PATH}/a.wav/${decision}`, body);
    for (const [decision, rest] of [
      ['approve', {}],
      ['reject', { reason: 'x' }],
    ] as const) {
      expect(await review(decision, { ...rest, revision: 1 })).toMatchObject({
        status: 409,
        body: {
          error: {
            code: 'revision-replaced',
            message: 'Revision 1 was reviewed, but revision 2 has taken its place.',
            remedy: 'Review revision 2, then name it: --revision 2.',
            field: 'revision',
          },
        },
      });
      expect(await review(decision, rest)).toMatchObject({
        status: 409,
        body: { error: { code: 'revision-needed', remedy: expect.stringContaining('--revision 2') } },
      });
      expect(await review(decision, { ...rest, revision: 3 })).toMatchObject({ status: 404 });
      expect(await review(decision, { ...rest, revision: '2' })).toMatchObject({ status: 400 });
    }
    expect((await platform.admin('GET', `${PATH}/a.wav`)).body).toMatchObject({ state: 'pending' });
    expect((await review('approve', { revision: 2 })).body).toMatchObject({ inService: 2 });
  });

  it('rejects with a reason only', async () => {
    await post({ name: 'a.wav', file: wav(600) });
    expect(await platform.admin('POST', `${PATH}/a.wav/reject`, { reason: ' ' })).toMatchObject({
      status: 422,
      body: { error: { code: 'reason-invalid', field: 'reason' } },
    });
    expect((await platform.admin('POST', `${PATH}/a.wav/reject`, {})).status).toBe(400);
  });
});

describe('the recording prompt of an app', () => {
  it('is an approved voice file of its account, or none', async () => {
    await post({ name: 'hint.wav', file: wav(600) });
    const app = { name: 'Cars', capability: 'callback' };
    const create = (rest: object) =>
      platform.admin<{ appKey: string }>('POST', '/admin/v1/apps', { ...app, ...rest });
    for (const [recordingPrompt, remedy] of [
      ['hint.wav', 'Approve it: openvoicecall voice approve hint.wav --revision 1.'],
      ['none.wav', expect.stringContaining('voice add')],
      ['NONE', expect.stringContaining('voice add')],
    ]) {
      expect(await create({ recordingPrompt })).toMatchObject({
        status: 422,
        body: { error: { code: 'recording-prompt-unusable', field: 'recordingPrompt', remedy } },
      });
    }
    await platform.admin('POST', `${PATH}/hint.wav/approve`);
    const created = await create({ recordingPrompt: 'hint.wav' });
    expect(created.body).toMatchObject({ recordingPrompt: 'hint.wav' });
    const path = `/admin/v1/apps/${created.body.appKey}`;
    const change = (recordingPrompt: string | null) => platform.admin('PATCH', path, { recordingPrompt });
    expect((await change('none')).body).toMatchObject({ recordingPrompt: 'none' });
    expect((await change('gone.wav')).status).toBe(422);
    expect((await change(null)).body).not.toHaveProperty('recordingPrompt');
    const codes = { capability: 'verification', recordingPrompt: 'hint.wav' };
    expect(await create(codes)).toMatchObject({
      status: 422,
      body: { error: { code: 'recording-needs-callback', field: 'recordingPrompt' } },
    });
  });
});

describe('the description of the API', () => {
  it('has the form of an upload', async () => {
    const { body } = await platform.admin<{
      paths: Record<string, { post?: { requestBody?: { content: Record<string, unknown> } } }>;
    }>('GET', '/admin/v1/openapi.json');
    const form = body.paths['/admin/v1/voice-files']?.post?.requestBody?.content['multipart/form-data'];
    expect(form).toMatchObject({
      schema: { required: ['file', 'name'], properties: { file: { format: 'binary' } } },
    });
  });
});
