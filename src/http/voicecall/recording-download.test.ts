import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleCall } from '../../../test/contract/samples.ts';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import type { App } from '../../accounts/account.ts';
import type { CallRecord } from '../../call/call-record.ts';

const PATH = '/rest/provision/voice/record/v1.0';
const SESSION = '1200_366_0_20161228102743@ovc.test';
const NAME = '1200_366_0_20161228102743.wav';
const AUDIO = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));

let platform: HttpPlatform;
let app: App;
let file: string;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback', recording: true });
  file = platform.recordings.begin(SESSION).file;
  writeFileSync(file, AUDIO);
  await platform.store.create(recorded());
});
afterEach(() => platform.close());

/** A call of the app that ended now, with a recording of five seconds. */
function recorded(changes: Partial<CallRecord> = {}, milliseconds: number | undefined = 5_000): CallRecord {
  const now = platform.clock.now();
  const { file: _file, ...named } = platform.recordings.begin(SESSION);
  return {
    ...sampleCall(SESSION),
    owner: { appKey: app.appKey, spId: app.spId },
    state: 'ended',
    endedAt: now,
    recording: { startedAt: now - 5_000, ...named, milliseconds },
    ...changes,
  };
}

const ask = (query: Record<string, string>, by = app, method = 'GET'): Promise<Response> =>
  fetch(`${platform.url}${PATH}?${new URLSearchParams(query)}`, {
    method,
    headers: platform.signed(by),
    redirect: 'manual',
  });

const wanted = { fileName: NAME, recordDomain: 'ovc.test' };

async function location(): Promise<string> {
  const response = await ask(wanted);
  expect(response.status).toBe(301);
  return response.headers.get('location') ?? '';
}

describe('the download address', () => {
  it('comes as a redirection whose body is an empty object', async () => {
    const response = await ask(wanted);
    expect(response.status).toBe(301);
    expect(await response.text()).toBe('{}');
    const address = response.headers.get('location') ?? '';
    expect(address).toMatch(
      new RegExp(`^${platform.url}/recordings/${NAME}\\?expires=\\d+&signature=[\\w-]{43}$`),
    );
  });

  it('leads a client that follows it to the audio', async () => {
    const response = await fetch(`${platform.url}${PATH}?${new URLSearchParams(wanted)}`, {
      headers: platform.signed(app),
    });
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await response.arrayBuffer()).equals(AUDIO)).toBe(true);
  });

  it.each([
    [{ recordDomain: 'ovc.test' }, '1010002', 'Invalid request. fileName'],
    [{ fileName: NAME }, '1010002', 'Invalid request. recordDomain'],
    [{ ...wanted, fileName: 'x'.repeat(129) }, '1010002', 'Invalid request. fileName'],
    [{ ...wanted, fileName: 'other.wav' }, '1012007', 'The record does not exist.'],
    [{ ...wanted, fileName: `../recordings/${NAME}` }, '1012007', 'The record does not exist.'],
  ])('%j is refused with %s', async (query, resultcode, resultdesc) => {
    const response = await ask(query as Record<string, string>);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ resultcode, resultdesc });
  });

  it('is refused to an app without recording, and to another app', async () => {
    const other = await platform.administration.createApp({
      name: 'Other',
      capability: 'callback',
      recording: true,
    });
    expect(await (await ask(wanted, other)).json()).toMatchObject({ resultcode: '1012007' });
    await platform.administration.updateApp(app.appKey, { recording: false });
    expect(await (await ask(wanted)).json()).toMatchObject({ resultcode: '1012012' });
  });

  it.each<[string, () => CallRecord]>([
    ['runs', () => recorded({ state: 'running', endedAt: undefined })],
    ['was recorded for less than 3 s', () => recorded({}, 2_999)],
    ['ended too long ago', () => recorded({ endedAt: platform.clock.now() - 3_600_000 })],
    ['was not recorded', () => recorded({ recording: undefined })],
  ])('is refused for a call that %s', async (_case, call) => {
    await platform.store.create(call());
    expect(await (await ask(wanted)).json()).toMatchObject({ resultcode: '1012007' });
  });

  it('is given for a recording that a crash cut off, and refused when the file is gone', async () => {
    await platform.store.create(recorded({}, undefined));
    expect((await ask(wanted)).status).toBe(301);
    rmSync(file);
    expect(await (await ask(wanted)).json()).toMatchObject({ resultcode: '1012007' });
  });

  it('wants the signature, and GET', async () => {
    const unsigned = await fetch(`${platform.url}${PATH}?${new URLSearchParams(wanted)}`);
    expect(unsigned.status).toBe(400);
    expect(await unsigned.json()).toMatchObject({ resultcode: '1023006' });
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await (await ask(wanted, app, method)).json()).toMatchObject({ resultcode: '1010006' });
    }
  });

  it('is shown to the operator with the call', async () => {
    const { body } = await platform.admin<{ recording: object }>(
      'GET',
      `/admin/v1/calls/${encodeURIComponent(SESSION)}`,
    );
    expect(body.recording).toEqual({
      objectName: NAME,
      startedAt: expect.any(String),
      milliseconds: 5_000,
      url: await location(),
    });
  });
});

describe('the download', () => {
  const rangeOf = (range: string) => async () => fetch(await location(), { headers: { range } });

  it('serves ranges', async () => {
    const response = await rangeOf('bytes=100-199')();
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 100-199/1000');
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await response.arrayBuffer()).equals(AUDIO.subarray(100, 200))).toBe(true);
    const last = await rangeOf('bytes=-10')();
    expect(Buffer.from(await last.arrayBuffer()).equals(AUDIO.subarray(990))).toBe(true);
  });

  it('answers 416 to a range that is not there', async () => {
    const response = await rangeOf('bytes=1000-')();
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */1000');
  });

  it('tells its length to HEAD', async () => {
    const response = await fetch(await location(), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('1000');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  it.each<[string, (url: URL) => void]>([
    ['another signature', (url) => url.searchParams.set('signature', 'A'.repeat(43))],
    ['a shorter signature', (url) => url.searchParams.set('signature', 'A')],
    ['no signature', (url) => url.searchParams.delete('signature')],
    ['a later expiry', (url) => url.searchParams.set('expires', '9999999999')],
    ['no expiry', (url) => url.searchParams.delete('expires')],
    ['two signatures', (url) => url.searchParams.append('signature', 'A')],
    ['another name', (url) => (url.pathname = '/recordings/1_1_1_20260101000000.wav')],
    ['a name that leaves the folder', (url) => (url.pathname = '/recordings/..%2Fvoice-files%2Fx.wav')],
  ])('is forbidden with %s', async (_case, change) => {
    const url = new URL(await location());
    change(url);
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.text()).toBe('Forbidden\n');
  });

  it('is forbidden once the address has expired', async () => {
    const address = await location();
    await platform.clock.advance(599_999);
    expect((await fetch(address)).status).toBe(200);
    await platform.clock.advance(1);
    expect((await fetch(address)).status).toBe(403);
  });

  it('is a 404 once the recording was removed', async () => {
    const address = await location();
    const ended = new Date(platform.clock.now() - 1);
    utimesSync(file, ended, ended);
    expect(await platform.recordings.removeBefore(platform.clock.now())).toBe(1);
    expect((await fetch(address)).status).toBe(404);
  });
});
