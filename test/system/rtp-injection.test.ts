import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeG711 } from '../../src/audio/g711.ts';
import { toneLevel } from '../../src/audio/spectrum.ts';
import { endlessTone } from '../../src/audio/tone.ts';
import { eventually } from '../support/peer-process.ts';
import { rtpBytes } from '../support/rtp-packets.ts';
import type { RtpPeer } from '../support/rtp-peer.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { TwoTalkers } from '../support/two-talkers.ts';
import { otherProtocols } from '../fuzz/targets/media-port.ts';

const tones = { A: 500, B: 1_300, stranger: 3_100 };
/** dBFS; a tone is sent at -15 or so. */
const SILENT = -40;
const WINDOW = 1_600;

let talkers: TwoTalkers;
let a: RtpPeer;
let b: RtpPeer;
let ports: TwoTalkers['ports'];
let platform: ServedPlatform;
let sessionId: string;
const strangers: Socket[] = [];

/** A socket at an address that nobody signalled; counts what reaches it. */
async function stranger(host: string): Promise<{ readonly socket: Socket; received: number }> {
  const socket = createSocket('udp4').bind(0, host);
  strangers.push(socket);
  const counted = { socket, received: 0 };
  socket.on('message', () => (counted.received += 1));
  await once(socket, 'listening');
  return counted;
}

beforeAll(async () => {
  talkers = await TwoTalkers.start({ tones });
  ({ a, b, ports } = talkers);
  platform = await ServedPlatform.start({ flags: ['--trunk', talkers.trunk] });
  sessionId = await platform.accepted();
  await platform.until(sessionId, 'answer', 'B');
  await talkers.talk();
}, 60_000);

afterAll(async () => {
  for (const socket of strangers) socket.close();
  await platform[Symbol.asyncDispose]();
  await talkers[Symbol.asyncDispose]();
});

/** What B hears of the stranger at the loudest, in 200 ms windows of the next two seconds; A must be heard in them. */
async function strangerAtB(): Promise<number> {
  const samples = await b.listen(2_000);
  const windows = Array.from({ length: samples.length / WINDOW }, (_, index) =>
    samples.subarray(index * WINDOW, (index + 1) * WINDOW),
  );
  expect(Math.max(...windows.map((window) => toneLevel(window, tones.A)))).toBeGreaterThan(-30);
  return Math.max(...windows.map((window) => toneLevel(window, tones.stranger)));
}

const payload = encodeG711('PCMA', endlessTone([tones.stranger]).subarray(0, 160));

/** Ways to make a packet that A might have sent, by its turn. */
const forgeries: Readonly<Record<string, (turn: number) => Uint8Array>> = {
  'a stream of its own': (turn) => rtpBytes({ payload, sequence: turn, timestamp: 160 * turn, ssrc: 7 }),
  "A's SSRC, all sequence numbers": (turn) =>
    rtpBytes({ payload, sequence: (turn * 97) & 0xffff, timestamp: 160 * turn, ssrc: a.ssrc }),
  "A's SSRC, numbers just ahead": (turn) =>
    rtpBytes({ payload, sequence: 100 + turn, timestamp: 16_000 + 160 * turn, ssrc: a.ssrc, marker: true }),
  keys: (turn) =>
    rtpBytes({
      payloadType: 101,
      marker: turn % 8 === 0,
      sequence: turn,
      timestamp: 1_600 * Math.floor(turn / 8),
      payload: Uint8Array.of(5, turn % 8 > 4 ? 0x8a : 0x0a, 3, 32),
      ssrc: a.ssrc,
    }),
};

describe('into a stream that has found its source', { timeout: 120_000 }, () => {
  it.each(Object.entries(forgeries))('nothing comes of %s', async (_name, forge) => {
    // One at another address, and one that shares A's, as behind the same NAT.
    const others = [await stranger('127.0.0.66'), await stranger('127.0.0.1')];
    let turn = 0;
    const timer = setInterval(() => {
      // Faster than A: what were let in would be heard in place of A.
      for (let packets = 0; packets < 3; packets += 1, turn += 1) {
        for (const { socket } of others) socket.send(forge(turn), ports.A, '127.0.0.1');
      }
    }, 20);
    try {
      expect(await strangerAtB()).toBeLessThan(SILENT);
    } finally {
      clearInterval(timer);
    }
    expect(turn).toBeGreaterThan(50);
    expect(b.keys).toBe('');
    expect(others.map(({ received }) => received)).toEqual([0, 0]);
  });

  it('nothing comes of RTCP that takes leave of A, and of RTCP that is none', async () => {
    const { socket } = await stranger('127.0.0.66');
    const goodbye = Buffer.from('80c900017000000081cb000170000000', 'hex');
    for (let turn = 0; turn < 50; turn += 1) {
      socket.send(goodbye, ports.A + 1, '127.0.0.1');
      socket.send(goodbye, ports.A, '127.0.0.1');
    }
    expect(await strangerAtB()).toBeLessThan(SILENT);
  });
});

describe('STUN, TURN, ZRTP and DTLS', { timeout: 120_000 }, () => {
  it('at the ports of audio and of reports, from A itself and from strangers, are not heard, answered or passed on', async () => {
    const other = await stranger('127.0.0.66');
    const [heardByA, heardByB] = [a.packets, b.packets];
    const listening = strangerAtB();
    for (const bytes of otherProtocols.values()) {
      for (const port of [ports.A, ports.A + 1]) {
        await a.sends(bytes, port, '127.0.0.1', port === ports.A ? 'rtp' : 'rtcp');
        await new Promise((resolve) => other.socket.send(bytes, port, '127.0.0.1', resolve));
      }
    }
    expect(await listening).toBeLessThan(SILENT);
    expect(other.received).toBe(0);
    expect(a.packets).toBeGreaterThan(heardByA);
    expect(b.packets).toBeGreaterThan(heardByB);
    expect(b.keys).toBe('');
  });
});

describe('while the source is silent', { timeout: 120_000 }, () => {
  it('a stranger gets neither the stream nor what is sent to A', async () => {
    const thief = await stranger('127.0.0.66');
    a.stopTalking();
    // Longer than any silence after which a latch might give way.
    let turn = 0;
    const timer = setInterval(() => {
      thief.socket.send(forgeries['a stream of its own']?.(turn) ?? Buffer.alloc(0), ports.A, '127.0.0.1');
      turn += 1;
    }, 20);
    try {
      // A's ears tell the time: it goes on to be sent what B says.
      const samples = await a.listen(3_000);
      expect(toneLevel(samples.subarray(-WINDOW), tones.B)).toBeGreaterThan(-30);
    } finally {
      clearInterval(timer);
    }
    expect(turn).toBeGreaterThan(50);
    expect(thief.received).toBe(0);
    talkers.resume('A');
    await b.hears(tones.A, [tones.stranger]);
  });

  it('what A itself says in its voice is heard, so that we would have heard it', async () => {
    a.say(endlessTone([tones.stranger]));
    await b.hears(tones.stranger);
  });
});

it('the call ends as it should, with a verdict on audio that no stranger made', async () => {
  expect((await platform.stop(sessionId)).body).toMatchObject({ resultcode: '0' });
  expect((await platform.ended(sessionId)).cdr).toMatchObject({ ulFailReason: 8017 });
});

it('what was no RTP is counted, each datagram of it', async () => {
  const dropped = (reason: string) =>
    platform.metric(`openvoicecall_rtp_packets_dropped_total{reason="${reason}"}`);
  await eventually(async () => (await dropped('malformed')) !== undefined, 'the legs have ended');
  // A's own; while the stream has found its source the system keeps strangers out of the port of audio, unseen.
  expect(await dropped('malformed')).toBeGreaterThanOrEqual(otherProtocols.size);
  // A's and the stranger's, and that RTCP which was none.
  expect(await dropped('malformed_reports')).toBeGreaterThanOrEqual(2 * otherProtocols.size);
});
