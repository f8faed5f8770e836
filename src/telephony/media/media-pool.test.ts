import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/peer-process.ts';
import { RtpPeer, type RtpPeerOptions } from '../../../test/support/rtp-peer.ts';
import { endlessTone, tone } from '../../audio/tone.ts';
import { MediaPool, type MediaPoolOptions, type MediaStream, MediaUnavailableError } from './media-pool.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
const TONE_A = 500;
const TONE_B = 1200;
const PROMPT = 850;

/** Everything a test opened, closed after it whatever happened. */
const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

/** For the tests that need nothing special: a thread takes some time to start. */
let shared: MediaPool;

beforeAll(async () => {
  shared = await MediaPool.start({ host: '127.0.0.1', ...(await freePorts(100)), workers: 2 });
});

afterAll(() => shared.close());

/** A range of `count` ports for a pool. */
async function freePorts(count: number): Promise<{ firstPort: number; lastPort: number }> {
  const firstPort = await freePort('127.0.0.1', count);
  return { firstPort, lastPort: firstPort + count - 1 };
}

async function startPool(options: Partial<MediaPoolOptions> = {}): Promise<MediaPool> {
  const pool = await MediaPool.start({
    host: '127.0.0.1',
    ...(await freePorts(40)),
    workers: 1,
    ...options,
  });
  opened.push(pool);
  return pool;
}

async function openPeer(options: RtpPeerOptions): Promise<RtpPeer> {
  const peer = await RtpPeer.open(options);
  opened.push(peer);
  return peer;
}

/** A peer and the stream that talks to it. */
async function connect(
  pool: MediaPool,
  options: RtpPeerOptions,
): Promise<{ peer: RtpPeer; stream: MediaStream }> {
  const peer = await openPeer(options);
  const stream = await pool.open('call');
  opened.push(stream);
  stream.configure(peer.agreed());
  peer.talkTo(stream.local);
  return { peer, stream };
}

function bridge(a: MediaStream, b: MediaStream): void {
  a.hear(b);
  b.hear(a);
}

describe('two far ends over loopback', () => {
  it.each([
    ['relayed', 'PCMA', 'PCMA'],
    ['transcoded', 'PCMA', 'PCMU'],
  ] as const)('hear each other and only each other, %s', async (_how, codecA, codecB) => {
    const pool = shared;
    const a = await connect(pool, { codec: codecA, frequency: TONE_A });
    const b = await connect(pool, { codec: codecB, frequency: TONE_B });
    await a.peer.hearsSilence();
    bridge(a.stream, b.stream);
    await Promise.all([a.peer.hears(TONE_B, [TONE_A]), b.peer.hears(TONE_A, [TONE_B])]);
    expect([...a.peer.payloadTypes]).toEqual([codecA === 'PCMA' ? 8 : 0]);
    expect([...b.peer.payloadTypes]).toEqual([codecB === 'PCMA' ? 8 : 0]);
    const statistics = await a.stream.statistics();
    expect(statistics?.received.packets).toBeGreaterThan(10);
    expect(statistics?.received.lost).toBe(0);
    expect(statistics?.playout === undefined).toBe(codecA === codecB);
    a.stream.hear(undefined);
    await a.peer.hearsSilence();
    await b.peer.hears(TONE_A);
  });

  it.each([
    ['relayed', 'PCMA', 101],
    ['transcoded', 'PCMU', 97],
  ] as const)('press keys for each other, %s', async (_how, codecB, event) => {
    const pool = shared;
    const a = await connect(pool, { frequency: TONE_A, telephoneEvent: 101 });
    const b = await connect(pool, { codec: codecB, frequency: TONE_B, telephoneEvent: event });
    let told = '';
    a.stream.onKey = (key) => {
      told += key;
    };
    bridge(a.stream, b.stream);
    await b.peer.hears(TONE_A);
    a.peer.press('159#');
    await b.peer.until('the keys, and to be told of them', () => b.peer.keys.length >= 4 && told.length >= 4);
    await b.peer.hears(TONE_A);
    expect(b.peer.keys).toBe('159#');
    expect(told).toBe('159#');
  });

  it('get reports, and a goodbye at the end', async () => {
    const pool = shared;
    const { peer, stream } = await connect(pool, { frequency: TONE_A });
    await peer.until('a sender report', () => peer.reports.some(({ kind }) => kind === 'senderReport'), 6000);
    const last = await stream.close();
    await peer.until('a goodbye', () => peer.reports.some(({ kind }) => kind === 'goodbye'));
    expect(peer.reports.find(({ kind }) => kind === 'senderReport')).toMatchObject({
      blocks: [{ ssrc: peer.ssrc }],
    });
    expect(last?.sent.packets).toBeGreaterThanOrEqual(peer.packets);
    expect(await stream.close()).toBe(last);
  });
});

describe('a stream', () => {
  it('tells of early media once', async () => {
    const pool = shared;
    const peer = await openPeer({ frequency: TONE_A });
    const stream = await pool.open('call');
    let first = 0;
    stream.onFirstPacket = () => first++;
    stream.configure(peer.agreed());
    await peer.listen(100);
    expect(first).toBe(0);
    peer.talkTo(stream.local);
    await peer.listen(300);
    expect(first).toBe(1);
  });

  it('plays a prompt to its end, in its own time', async () => {
    const pool = shared;
    const { peer, stream } = await connect(pool, { frequency: TONE_A });
    const begun = performance.now();
    const playback = stream.play(pool.prepare(tone([PROMPT], 600)));
    await peer.hears(PROMPT);
    expect(await playback.finished).toBe('completed');
    expect(performance.now() - begun).toBeGreaterThan(560);
    await peer.hearsSilence();
  });

  it('plays a loop until it is stopped, and one prompt for many', async () => {
    const pool = shared;
    const prompt = pool.prepare(endlessTone([PROMPT]).subarray(0, 1600));
    const calls = await Promise.all(
      ['PCMA', 'PCMU'].map(async (codec) => {
        const peer = await openPeer({ codec: codec as 'PCMA' | 'PCMU', frequency: TONE_A });
        const stream = await pool.open(codec);
        stream.configure(peer.agreed());
        return { peer, playback: stream.play(prompt, { loop: true }) };
      }),
    );
    for (const { peer, playback } of calls) {
      await peer.hears(PROMPT);
      await peer.hears(PROMPT);
      playback.stop();
      playback.stop();
      expect(await playback.finished).toBe('stopped');
      await peer.hearsSilence();
    }
  });

  it('is silent towards a far end that put it on hold, and comes back', async () => {
    const pool = shared;
    const a = await connect(pool, { frequency: TONE_A });
    const b = await connect(pool, { frequency: TONE_B });
    bridge(a.stream, b.stream);
    await a.peer.hears(TONE_B);
    a.stream.configure(a.peer.agreed({ direction: 'inactive' }));
    // The worker answers in order, and what was still under way then has arrived 60 ms later.
    await a.stream.statistics();
    await b.peer.listen(60);
    const { packets } = a.peer;
    await b.peer.listen(200);
    expect(a.peer.packets).toBe(packets);
    a.stream.configure(a.peer.agreed());
    await a.peer.hears(TONE_B);
  });

  it('is not taken over by a stranger who knows its port', async () => {
    const pool = shared;
    const { peer, stream } = await connect(pool, { frequency: TONE_A });
    const other = await connect(pool, { frequency: TONE_B });
    bridge(stream, other.stream);
    await other.peer.hears(TONE_A);
    const stranger = await openPeer({ frequency: 2000 });
    stranger.talkTo(stream.local);
    await other.peer.listen(300);
    await other.peer.hears(TONE_A, [2000]);
    await peer.hears(TONE_B);
    expect(stranger.packets).toBe(0);
    expect((await stream.statistics())?.dropped.strangers).toBeGreaterThan(10);
  });

  it('reports silent media', async () => {
    const pool = await startPool({ silentAfter: 300 });
    const { peer, stream } = await connect(pool, { frequency: TONE_A });
    const silent = new Promise<void>((resolve) => {
      stream.onSilentMedia = resolve;
    });
    await peer.listen(400);
    peer.stopTalking();
    await silent;
  });

  it('resolves the name of a far end', async () => {
    const pool = shared;
    const peer = await openPeer({ frequency: TONE_A });
    const stream = await pool.open('call');
    const { remote, rtcp } = peer.agreed();
    stream.configure(
      peer.agreed({ remote: { ...remote, host: 'localhost' }, rtcp: { ...rtcp, host: 'localhost' } }),
    );
    await peer.listen(100);
  });

  it('may be used after its end, to no effect', async () => {
    const pool = shared;
    const { peer, stream } = await connect(pool, { frequency: TONE_A });
    const running = stream.play(pool.prepare(tone([PROMPT], 60_000)));
    await stream.close();
    expect(await running.finished).toBe('stopped');
    const late = stream.play(pool.prepare(tone([PROMPT], 100)));
    late.stop();
    expect(await late.finished).toBe('stopped');
    stream.configure(peer.agreed());
    stream.hear(undefined);
    expect(await stream.statistics()).toBeUndefined();
  });
});

describe('the pool', () => {
  it('keeps a group together and spreads groups over its workers', async () => {
    const pool = await startPool({ workers: 2 });
    const [a1, b1, a2] = [await pool.open('a'), await pool.open('b'), await pool.open('a')];
    expect(Math.abs(a1.local.port - a2.local.port)).toBeLessThan(20);
    expect(Math.abs(a1.local.port - b1.local.port)).toBeGreaterThanOrEqual(18);
    a1.hear(a2);
    expect(() => a1.hear(b1)).toThrow('same group');
    expect(() => a1.hear(a1)).toThrow('itself');
    expect(pool.streams).toBe(3);
  });

  it('says so when no port is free, and has them back after the calls', async () => {
    const range = await freePorts(8);
    const pool = await startPool({ ...range, workers: 2, portCoolDown: 0 });
    const streams = await Promise.all(['a', 'b', 'c', 'd'].map((group) => pool.open(group)));
    expect(streams.map(({ local }) => local.port).sort()).toEqual(
      [0, 2, 4, 6].map((pair) => range.firstPort + pair),
    );
    await expect(pool.open('e')).rejects.toThrow(MediaUnavailableError);
    await expect(pool.open('e')).rejects.toThrow(`127.0.0.1:${range.firstPort}-${range.lastPort}`);
    await Promise.all(streams.map((stream) => stream.close()));
    expect(pool.streams).toBe(0);
    const again = await Promise.all(['a', 'a', 'b', 'b'].map((group) => pool.open(group)));
    expect(new Set(again.map(({ local }) => local.port)).size).toBe(4);
  });

  it('passes over ports that others hold', async () => {
    const range = await freePorts(8);
    const other = createSocket('udp4');
    other.bind(range.firstPort + 3, '127.0.0.1');
    await once(other, 'listening');
    opened.push({ close: () => new Promise<void>((resolve) => other.close(resolve)) });
    const pool = await startPool(range);
    const ports = [await pool.open('a'), await pool.open('a'), await pool.open('a')].map(
      ({ local }) => local.port,
    );
    expect(ports).toEqual([0, 4, 6].map((pair) => range.firstPort + pair));
  });

  it('tells the far end its public address', async () => {
    const pool = await startPool({ publicHost: '203.0.113.1' });
    expect((await pool.open('a')).local.host).toBe('203.0.113.1');
  });

  it.skipIf(!hasIpv6)('speaks IPv6 (skipped where the loopback has no ::1)', async () => {
    const pool = await startPool({ host: '::1' });
    const [a, b] = [await pool.open('call'), await pool.open('call')];
    const peer = await openPeer({ frequency: TONE_A });
    const at = (stream: MediaStream, host: string) =>
      peer.agreed({ remote: { host, port: stream.local.port }, rtcp: { host, port: stream.local.rtcpPort } });
    const heard = [a, b].map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.onFirstPacket = resolve;
        }),
    );
    a.configure(at(b, '::1'));
    b.configure(at(a, '0:0:0::1'));
    await Promise.all(heard);
    expect((await a.statistics())?.dropped).toMatchObject({ strangers: 0 });
  });

  it('refuses settings that cannot work', async () => {
    const range = { host: '127.0.0.1', firstPort: 22_201, lastPort: 22_202 };
    await expect(MediaPool.start(range)).rejects.toThrow(RangeError);
    await expect(MediaPool.start({ ...range, host: '0.0.0.0', lastPort: 22_300 })).rejects.toThrow(
      'public address',
    );
    const elsewhere = await startPool({ host: '192.0.2.1' });
    await expect(elsewhere.open('a')).rejects.toThrow('EADDRNOTAVAIL');
  });

  it('measures how late packets leave', async () => {
    const pool = await startPool();
    expect(await pool.lateness()).toEqual({ packets: 0, p50: 0, p99: 0, max: 0, skipped: 0 });
    const { peer } = await connect(pool, { frequency: TONE_A });
    await peer.listen(500);
    const lateness = await pool.lateness();
    expect(lateness.packets).toBeGreaterThanOrEqual(25);
    expect(lateness.p50).toBeGreaterThan(0);
    expect(lateness.p50).toBeLessThanOrEqual(lateness.p99);
    expect(lateness.p99).toBeLessThanOrEqual(lateness.max);
  });

  it('leaves no thread and no port behind', async () => {
    const threads = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = threads();
    const range = await freePorts(8);
    const pool = await startPool({ ...range, workers: 2 });
    expect(threads()).toBeGreaterThan(before);
    const { stream } = await connect(pool, { frequency: TONE_A });
    const failures: Error[] = [];
    stream.onFailure = (error) => failures.push(error);
    const playback = stream.play(pool.prepare(tone([PROMPT], 60_000)), { loop: true });
    await pool.close();
    expect(await playback.finished).toBe('stopped');
    expect(failures).toEqual([]);
    expect(threads()).toBe(before);
    await expect(pool.open('a')).rejects.toThrow('shut down');
    for (let port = range.firstPort; port <= range.lastPort; port++) {
      const socket = createSocket('udp4');
      socket.bind({ port, address: '127.0.0.1', exclusive: true });
      await once(socket, 'listening');
      await new Promise<void>((resolve) => socket.close(resolve));
    }
  });
});

describe('a worker that crashes', () => {
  it('takes its own streams with it, tells them, and is started again', async () => {
    const crashes: Error[] = [];
    const pool = await startPool({
      workers: 2,
      portCoolDown: 0,
      workerScript: new URL('../../../test/support/crashing-media-worker.ts', import.meta.url),
      onWorkerCrash: (error) => crashes.push(error),
    });
    const doomed = await pool.open('doomed');
    const safe = await pool.open('safe');
    const failed = new Promise<Error>((resolve) => {
      doomed.onFailure = resolve;
    });
    const peer = await openPeer({ frequency: TONE_A });
    safe.configure(peer.agreed());
    doomed.configure(peer.agreed());
    const playback = doomed.play(pool.prepare(tone([PROMPT], 60_000)));
    const closing = doomed.statistics();
    // What makes this script throw: a telephone-event payload type no SDP can have.
    doomed.configure(peer.agreed({ telephoneEvent: { send: 666, receive: 666 } }));
    const error = await failed;
    expect(error.message).toContain('ended unexpectedly');
    expect((error.cause as Error).message).toBe('crash on demand');
    expect(crashes).toEqual([error]);
    expect(await playback.finished).toBe('stopped');
    expect(await doomed.close()).toBeUndefined();
    await closing;
    await peer.hearsSilence();
    expect(await safe.statistics()).toBeDefined();
    expect(await reopened(pool, doomed.local.port)).toBe(true);
  });
});

/** Opens and closes streams until one gets a port of the worker whose first port is `first`. */
async function reopened(pool: MediaPool, first: number): Promise<boolean> {
  const until = performance.now() + 5000;
  for (let attempt = 0; performance.now() < until; attempt++) {
    const stream = await pool.open(`attempt ${attempt}`);
    await stream.close();
    if (stream.local.port >= first && stream.local.port < first + 20) return true;
  }
  return false;
}
