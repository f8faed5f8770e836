import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeG711 } from '../../src/audio/g711.ts';
import { endlessTone } from '../../src/audio/tone.ts';
import { eventually } from '../support/peer-process.ts';
import { heardBy, listened } from '../support/phone-recording.ts';
import { numbers } from '../support/platform-client.ts';
import { rtpBytes } from '../support/rtp-packets.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { signedHeaders } from '../support/signed-request.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';

/** Hz; no phone of the sandbox speaks it. */
const strangersTone = 3_100;
/** Megabytes that an attack may leave behind. */
const FORGIVEN = 80;

let platform: ServedPlatform;
let sessionId: string;
let memoryBefore: number;

const memory = async (): Promise<number> =>
  ((await platform.metric('process_resident_memory_bytes')) ?? 0) / 1_048_576;

const refused = async (reason: string): Promise<number> =>
  (await platform.metric(`openvoicecall_sip_refusals_total{reason="${reason}"}`)) ?? 0;

beforeAll(async () => {
  platform = await ServedPlatform.start();
  memoryBefore = await memory();
  sessionId = await platform.accepted();
  await platform.until(sessionId, 'answer', 'B');
}, 60_000);
afterAll(() => platform[Symbol.asyncDispose]());

const invite = [
  `INVITE sip:${numbers.b}@127.0.0.1 SIP/2.0`,
  'Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKstranger',
  'Max-Forwards: 70',
  'From: "Stranger" <sip:stranger@10.9.8.7>;tag=1',
  `To: <sip:${numbers.b}@127.0.0.1>`,
  'Call-ID: stranger',
  'CSeq: 1 INVITE',
  'Contact: <sip:stranger@10.9.8.7>',
  'Content-Type: application/sdp',
  'Content-Length: 5',
  '',
  'v=0\r\n',
].join('\r\n');

/** The text with some bytes changed, lost or doubled. */
function mutated(text: string, random: SeededRandom): Buffer {
  const bytes = [...Buffer.from(text)];
  for (let changes = Math.ceil(random.between(0, 12)); changes > 0; changes -= 1) {
    const at = Math.floor(random.between(0, bytes.length - 1));
    const length = Math.floor(random.between(0, 4));
    bytes.splice(at, length, ...random.bytes(Math.floor(random.between(0, 6))));
  }
  return Buffer.from(bytes);
}

/** Sends the datagrams to each of the ports. */
async function shower(ports: readonly number[], datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    const sent = ports.map(
      (port) => new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve)),
    );
    await Promise.all(sent);
  }
  socket.close();
}

const mediaPorts = (): number[] => {
  const { first, last } = platform.mediaPorts;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
};

/** A connection that sends a text and then whatever it is told. */
async function halfSaid(port: number, text: string | Uint8Array): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.resume().write(text);
  return socket;
}

const httpPort = (): number => Number(new URL(platform.access.http).port);

/** Status and result code of the answer to a POST; `closed` when there is none. */
async function answerTo(path: string, headers: Record<string, string>, body: string): Promise<string> {
  try {
    const response = await fetch(platform.access.http + path, { method: 'POST', headers, body });
    const { resultcode = '' } = (await response.json()) as { resultcode?: string };
    return `${response.status} ${resultcode}`.trim();
  } catch {
    return 'closed';
  }
}

describe('while two phones talk', { concurrent: true, timeout: 120_000 }, () => {
  it('garbage and mutilated SIP over UDP is counted', async () => {
    const random = new SeededRandom(1);
    const garbage = Array.from({ length: 1_000 }, () => random.bytes(Math.floor(random.between(1, 1_400))));
    const fuzzed = Array.from({ length: 3_000 }, () => mutated(invite, random));
    const [malformed, invites] = [await refused('malformed'), await refused('refused INVITE')];
    const datagrams = [...garbage, ...fuzzed];
    while (datagrams.length > 0) {
      await shower([platform.sipPort], datagrams.splice(0, 100));
      // Once this is answered, room has been made for the next hundred.
      await refused('malformed');
    }
    expect(await refused('malformed')).toBeGreaterThan(malformed + 1_000);
    await eventually(async () => {
      await shower([platform.sipPort], [Buffer.from(invite)]);
      return (await refused('refused INVITE')) > invites;
    }, 'an INVITE is refused');
  });

  it('garbage, and another voice, at every media port is not heard', async () => {
    const random = new SeededRandom(2);
    const payload = encodeG711('PCMA', endlessTone([strangersTone]).subarray(0, 160));
    const voice = Array.from({ length: 40 }, (_, index) =>
      rtpBytes({ payload, sequence: index, timestamp: 160 * index, ssrc: 7 }),
    );
    const garbage = Array.from({ length: 40 }, () => random.bytes(Math.floor(random.between(0, 400))));
    const almost = garbage.map((bytes) => Uint8Array.of(0x80, 8, ...bytes));
    const control = garbage.map((bytes) => Uint8Array.of(0x81, 203, 0, 1, ...bytes));
    await shower(mediaPorts(), [...voice, ...garbage, ...almost, ...control]);
  });

  it('half-said SIP and garbage over TCP is put up with', async () => {
    const random = new SeededRandom(3);
    const texts = [
      ...Array.from({ length: 30 }, () => invite.slice(0, 200)),
      ...Array.from({ length: 10 }, () => random.bytes(5_000)),
      invite.replace('Content-Length: 5', 'Content-Length: 999999999'),
      '\r\n'.repeat(20_000),
      `OPTIONS sip:x SIP/2.0\r\n${'X: y\r\n'.repeat(20_000)}`,
    ];
    const sockets = await Promise.all(texts.map((text) => halfSaid(platform.sipPort, text)));
    expect((await fetch(`${platform.access.http}/healthz`)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('half-said HTTP is put up with', async () => {
    const texts = ['', 'P', 'POST /rest/httpsessions/click2Call/v2.0 HTTP/1.1\r\nHost: x\r\nX-AKSK: User'];
    const whole =
      'POST /rest/httpsessions/click2Call/v2.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"a"';
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => [...texts, whole])
        .flat()
        .map((text) => halfSaid(httpPort(), text)),
    );
    for (const socket of sockets) if (!socket.destroyed) socket.write('x');
    expect((await fetch(`${platform.access.http}/healthz`)).status).toBe(200);
    expect((await platform.stop('nobody')).body).toMatchObject({ resultcode: '1020152' });
    for (const socket of sockets) socket.resetAndDestroy();
  });

  it('requests without measure or sense are refused', async () => {
    const { app, access } = platform;
    const click2Call = '/rest/httpsessions/click2Call/v2.0';
    const signed = (type?: string): Record<string, string> => ({
      ...signedHeaders(app.appKey, app.appSecret),
      ...(type === undefined ? {} : { 'Content-Type': type }),
    });
    const operator = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
    const deep = '{"a":'.repeat(10_000);
    expect(await answerTo(click2Call, signed(), deep + '1' + '}'.repeat(10_000))).toBe('403 1010002');
    expect(await answerTo(click2Call, signed(), '['.repeat(60_000))).toBe('403 1010002');
    expect(await answerTo(click2Call, signed(), `"${'x'.repeat(500_000)}"`)).toBe('403 1010002');
    expect(await answerTo(click2Call, signed('text/xml'), '<call/>')).toBe('403 1010002');
    expect(await answerTo(click2Call, signed('multipart/form-data'), '--x')).toBe('403 1010002');
    expect(await answerTo(click2Call, signed(), '\u0000')).toBe('403 1010002');
    expect(['403 1010002', 'closed']).toContain(await answerTo(click2Call, signed(), 'x'.repeat(20_000_000)));
    expect(await answerTo('/admin/v1/calls', operator, deep)).toBe('400');
    expect(await answerTo('/admin/v1/calls', { ...operator, 'content-type': 'text/xml' }, '<x/>')).toBe(
      '415',
    );
    expect(['413', 'closed']).toContain(await answerTo('/admin/v1/calls', operator, 'x'.repeat(20_000_000)));
    expect(['431', 'closed']).toContain(await answerTo('/healthz', { 'x-long': 'y'.repeat(100_000) }, ''));
  });
});

describe('afterwards', { timeout: 120_000 }, () => {
  it('the two have heard each other all the time, and nobody else', async () => {
    await listened(platform, sessionId, 'A', 2_000);
    expect((await platform.stop(sessionId)).body).toMatchObject({ resultcode: '0' });
    expect((await platform.ended(sessionId)).cdr).toMatchObject({ ulFailReason: 8017 });
    for (const [party, other] of [
      ['A', numbers.b],
      ['B', numbers.a],
    ] as const) {
      const recording = await heardBy(platform, sessionId, party);
      expect(recording.hearsVoice(other)).toBe(true);
      expect(recording.hears(strangersTone)).toBe(false);
      // From the answer on there is always a note: of two phones that share the machine with an attacker, nearly.
      const talk = recording.notes.slice(party === 'A' ? 10 : 0);
      const heard = talk.filter((note) => note !== undefined);
      expect(heard.length).toBeGreaterThan(0.8 * talk.length);
    }
  });

  it('nothing is left of the attacks', async () => {
    expect(await platform.metric('openvoicecall_media_streams')).toBe(0);
    expect(await platform.metric('openvoicecall_sip_load{kind="dialogs"}')).toBe(0);
    expect((await memory()) - memoryBefore).toBeLessThan(FORGIVEN);
    const call = await platform.ended(await platform.accepted({ callerNbr: '+8613500000010' }));
    expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
    expect((await fetch(`${platform.access.http}/readyz`)).status).toBe(200);
    expect(platform.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
