import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toneLevel } from '../../src/audio/spectrum.ts';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import { voiceOf } from '../../src/phones/voice.ts';
import { ObjectServerStandIn } from '../support/object-server-stand-in.ts';
import { eventually } from '../support/peer-process.ts';
import { type EndedCall, numbers, type ShownCall } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { signedHeaders } from '../support/signed-request.ts';

/** What a recording is there for at least when the crash comes, ms of it. */
const TALK = 3_500;
/** How much of the end a crash may cost (issue: up to the last second), ms. */
const LOSS = 1_000;
/** As long as a recorder may need for two blocks, ms. */
const TWO_BLOCKS = 1_600;
/** How long a busy machine may take for what happens in its own time, ms. */
const PATIENCE = 60_000;
/** Octets before the sound. */
const HEADER = 58;
const SAMPLES_PER_MILLISECOND = 8;

type RecordedCall = ShownCall & {
  readonly recording?: { readonly startedAt: string; readonly url?: string };
};

const fileOf = (platform: ServedPlatform, sessionId: string): string =>
  join(platform.data, 'recordings', `${sessionId.split('@', 1)[0]}.wav`);

interface Tracks {
  readonly encoding: string;
  /** Samples, 8000 Hz. */
  readonly tracks: readonly Int16Array[];
}

function tracksOf(file: Uint8Array): Tracks {
  const wav = parseWav(file);
  const samples = wavSamples(wav);
  const tracks = Array.from({ length: wav.tracks }, (_, track) =>
    samples.filter((_sample, index) => index % wav.tracks === track),
  );
  return { encoding: `${wav.encoding}/${wav.sampleRate}/${wav.tracks}`, tracks };
}

/** Both notes of the phone with this number in the last second. */
function endsWith(track: Int16Array, number: string): boolean {
  const end = track.subarray(-1_000 * SAMPLES_PER_MILLISECOND);
  const { low, high } = voiceOf(number);
  return [low, high].every((frequency) => toneLevel(end, frequency) > -35);
}

/** Both parties to the end of the file: one on each track, or both on the only one. */
function endsWithBoth({ tracks }: Tracks): boolean {
  const [left, right = left] = tracks;
  return left !== undefined && endsWith(left, numbers.a) && endsWith(right!, numbers.b);
}

/** What is on the disk now; undefined while it is no recording yet. */
function written(path: string): Tracks | undefined {
  if (!existsSync(path) || statSync(path).size <= HEADER) return undefined;
  return tracksOf(readFileSync(path));
}

interface Crash {
  readonly sessionId: string;
  /** From its first instant in the file to the crash, ms. */
  readonly talked: number;
}

/**
 * A call that is recorded, and the crash amidst it: once its file lagged by no more than a second, and held both parties to
 * its end, for as long as it takes to write two blocks. A busy machine is waited for; where that never holds, it fails.
 */
async function crashAmidst(platform: ServedPlatform, body: object): Promise<Crash> {
  const sessionId = await platform.accepted({ recordFlag: 'true', ...body });
  const path = fileOf(platform, sessionId);
  await eventually(() => written(path), 'something is recorded', PATIENCE);
  const { recording } = (await platform.call(sessionId)) as RecordedCall;
  const startedAt = Date.parse(recording?.startedAt ?? '');
  let goodSince: number | undefined;
  const talked = await eventually(
    () => {
      const elapsed = Date.now() - startedAt;
      const file = written(path)!;
      const milliseconds = (file.tracks[0]?.length ?? 0) / SAMPLES_PER_MILLISECOND;
      const good = milliseconds >= TALK && elapsed - milliseconds <= LOSS && endsWithBoth(file);
      goodSince = good ? (goodSince ?? elapsed) : undefined;
      return goodSince !== undefined && elapsed - goodSince >= TWO_BLOCKS && elapsed;
    },
    'the recording is complete but for its last second, and keeps so',
    PATIENCE,
  );
  await platform.kill();
  return { sessionId, talked };
}

/** The answer to the question for a call's recording (spec 06). */
async function askFor(platform: ServedPlatform, cdr: Record<string, unknown>): Promise<Response> {
  const query = new URLSearchParams({
    fileName: String(cdr.recordObjectName),
    recordDomain: String(cdr.recordDomain),
  });
  const { appKey, appSecret } = platform.app;
  return fetch(`${platform.access.http}/rest/provision/voice/record/v1.0?${query}`, {
    headers: signedHeaders(appKey, appSecret),
    redirect: 'manual',
  });
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

/** The call has one record, which names its recording. */
async function recordOf(platform: ServedPlatform, sessionId: string): Promise<EndedCall & RecordedCall> {
  const call = await platform.ended(sessionId);
  expect(call.cdr).toMatchObject({
    ulFailReason: 8000,
    recordFlag: 1,
    recordObjectName: `${sessionId.split('@', 1)[0]}.wav`,
  });
  return call;
}

async function addressOf(platform: ServedPlatform, cdr: Record<string, unknown>): Promise<string> {
  const answer = await askFor(platform, cdr);
  expect(answer.status).toBe(301);
  return answer.headers.get('location') ?? '';
}

function expectBothToTheEnd(file: Uint8Array, layout: string, talked: number): void {
  const { encoding, tracks } = tracksOf(file);
  expect(encoding).toBe(`PCMA/8000/${layout === 'stereo' ? 2 : 1}`);
  const [left, right = left] = tracks;
  expect(left!.length / SAMPLES_PER_MILLISECOND).toBeGreaterThanOrEqual(talked - LOSS);
  expect(endsWithBoth({ encoding, tracks })).toBe(true);
  if (layout !== 'stereo') return;
  expect(endsWith(left!, numbers.b)).toBe(false);
  expect(endsWith(right!, numbers.a)).toBe(false);
}

const bucketOf = (server: ObjectServerStandIn): Record<string, string> => ({
  OVC_RECORDING_BUCKET_ENDPOINT: server.endpoint,
  OVC_RECORDING_BUCKET_NAME: 'calls',
  OVC_RECORDING_BUCKET_ACCESS_KEY: 'access',
  OVC_RECORDING_BUCKET_SECRET_KEY: 'secret',
});

/** Its time is over: nobody has it any more, and whoever asks learns that it does not exist. */
async function expectGone(
  platform: ServedPlatform,
  sessionId: string,
  addresses: readonly string[],
): Promise<void> {
  const { cdr, recording } = (await platform.ended(sessionId)) as EndedCall & RecordedCall;
  const answer = await askFor(platform, cdr);
  expect(answer.headers.get('location')).toBeNull();
  expect(await answer.json()).toMatchObject({ resultcode: '1012007' });
  expect(recording?.url).toBeUndefined();
  for (const address of addresses) {
    await eventually(async () => (await fetch(address)).status === 404, `${address} is gone`);
  }
}

describe('the recording of a call that a crash cuts off', { concurrent: true, timeout: 240_000 }, () => {
  it.each(['mixed', 'stereo'])(
    'is in the folder up to the last second (%s), and goes when its time is over',
    async (layout) => {
      await using receiver = await Receiver.start();
      await using before = await ServedPlatform.start({
        flags: ['--recording-layout', layout],
        app: { recording: true },
      });
      const feeUrl = Buffer.from(receiver.url('/fee')).toString('base64');
      const { sessionId, talked } = await crashAmidst(before, { feeUrl });

      await using after = await before.restarted();
      const { cdr, recording } = await recordOf(after, sessionId);
      await eventually(() => receiver.pushes.length > 0, 'the record is pushed', PATIENCE);
      const told = (receiver.bodies as { feeLst?: Record<string, unknown>[] }[]).flatMap(
        ({ feeLst = [] }) => feeLst,
      );
      expect(told.map((each) => [each.icid, each.recordObjectName])).toEqual([
        [cdr.icid, cdr.recordObjectName],
      ]);
      const addresses = [await addressOf(after, cdr), recording?.url ?? ''];
      for (const address of addresses) {
        expectBothToTheEnd(await download(address), layout, talked);
      }

      await after.terminated();
      await using last = await after.restarted(['--recording-retention', '1ms']);
      await eventually(() => !existsSync(fileOf(last, sessionId)), 'the file is removed', PATIENCE);
      await expectGone(last, sessionId, addresses);
    },
  );

  it('of less than three seconds has its length in its record, and is not to be had', async () => {
    await using before = await ServedPlatform.start({ app: { recording: true } });
    const sessionId = await before.accepted({ recordFlag: 'true' });
    const path = fileOf(before, sessionId);
    await eventually(() => written(path), 'something is recorded', PATIENCE);
    await before.kill();
    // As if the crash had come no later: a busy machine may have written more meanwhile.
    truncateSync(path, Math.min(statSync(path).size, HEADER + 2_500 * SAMPLES_PER_MILLISECOND));
    const length = Math.floor((statSync(path).size - HEADER) / SAMPLES_PER_MILLISECOND);

    await using after = await before.restarted();
    const { cdr, recording } = await recordOf(after, sessionId);
    expect(recording).toMatchObject({ milliseconds: length });
    expect(recording?.url).toBeUndefined();
    const answer = await askFor(after, cdr);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.json()).toMatchObject({ resultcode: '1012007' });
  });

  it('reaches the bucket after the restart, also when that is away meanwhile, and goes from there', async () => {
    const server = await ObjectServerStandIn.start();
    await using _server = { [Symbol.asyncDispose]: () => server.close() };
    server.now = Date.now();
    await using before = await ServedPlatform.start({ env: bucketOf(server), app: { recording: true } });
    const { sessionId, talked } = await crashAmidst(before, {});
    expect(server.objects.size).toBe(0);
    server.failures = Number.POSITIVE_INFINITY;

    // A start does not wait for the bucket: calls are taken, and the recording can be had from here.
    await using after = await before.restarted();
    const { cdr } = await recordOf(after, sessionId);
    const here = await addressOf(after, cdr);
    expect(here).toContain(after.access.http);
    expectBothToTheEnd(await download(here), 'mixed', talked);

    server.failures = 0;
    await after.terminated();
    await using later = await after.restarted();
    await eventually(() => !existsSync(fileOf(later, sessionId)), 'the recording is uploaded', PATIENCE);
    expect([...server.objects.keys()]).toEqual([cdr.recordObjectName]);
    const there = await addressOf(later, cdr);
    expect(there).toContain(server.endpoint);
    const { recording } = (await later.ended(sessionId)) as EndedCall & RecordedCall;
    for (const address of [there, recording?.url ?? '', here]) {
      expectBothToTheEnd(await download(address), 'mixed', talked);
    }

    // While the bucket is away, the operator sees the call all the same, and the customer is to try again.
    server.failures = Number.POSITIVE_INFINITY;
    const shown = (await later.call(sessionId)) as RecordedCall;
    expect(shown.recording).toMatchObject({ objectName: cdr.recordObjectName });
    expect(shown.recording?.url).toBeUndefined();
    const refused = await askFor(later, cdr);
    expect(await refused.json()).toMatchObject({ resultcode: '1010001' });
    server.failures = 0;

    await later.terminated();
    await using last = await later.restarted(['--recording-retention', '1ms']);
    await eventually(() => server.objects.size === 0, 'the object is removed', PATIENCE);
    await expectGone(last, sessionId, [there, here]);
  });
});
