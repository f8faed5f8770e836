/**
 * Bridges far ends and plays prompts to others on the direct driver, and prints how many octets of V8's heap that
 * took for each packet, sent or received: of several measurements the one that was least disturbed.
 *
 * To be run with --expose-gc and a young generation that is not collected meanwhile (--min-semi-space-size=64).
 */
import { getHeapStatistics } from 'node:v8';
import type { RtpFields } from './rtp-packets.ts';
import { rtpBytes, seeded32 } from './rtp-packets.ts';
import { freePort } from './peer-process.ts';
import { chooseDriver } from '../../src/telephony/media/choose-driver.ts';
import type { DatagramPort } from '../../src/telephony/media/datagram-port.ts';
import { MediaWorker } from '../../src/telephony/media/media-worker.ts';
import { encodePrompt } from '../../src/telephony/media/prompt.ts';
import type { FromWorker } from '../../src/telephony/media/protocol.ts';

/** The first are bridged, in pairs; the rest hear a prompt. */
const LEGS = 64;
const BRIDGED = 48;
const WARM_UP = 600;
const ROUNDS = 200;
const MEASUREMENTS = 5;

const host = '127.0.0.1';
const firstPort = await freePort(host, 2 * LEGS);
const near = await chooseDriver('direct', 2 * LEGS);
const far = await chooseDriver('direct', LEGS);
let now = 1_790_000_000_000;
const opened: Extract<FromWorker, { kind: 'opened' }>[] = [];
const worker = new MediaWorker({
  settings: {
    host,
    firstPort,
    lastPort: firstPort + 2 * LEGS - 1,
    portCoolDown: 0,
    silentAfter: 20_000,
    driver: 'direct',
    priority: 'normal',
    calls: new SharedArrayBuffer(4),
  },
  bind: near.driver.bind,
  together: near.driver.together,
  openRecording: () => Promise.reject(new Error('nothing is recorded here')),
  random: seeded32(1),
  now: () => now,
  tell: (message) => {
    if (message.kind === 'opened') opened.push(message);
  },
});
for (let stream = 1; stream <= LEGS; stream += 1) worker.receive({ kind: 'open', stream });
while (opened.length < LEGS) await new Promise((resolve) => setImmediate(resolve));

const phones: { readonly port: DatagramPort; readonly packet: Uint8Array; readonly to: number }[] = [];
for (const { stream, port: to } of opened) {
  const port = await far.driver.bind(host, 0);
  port.onDatagram = () => void (received += 1);
  const fields: RtpFields = { payloadType: 8, ssrc: stream, payload: new Uint8Array(160).fill(0x2a) };
  phones.push({ port, packet: rtpBytes(fields), to });
  worker.receive({
    kind: 'configure',
    stream,
    audio: {
      remote: { host, port: port.port },
      rtcp: { host, port: port.port },
      codec: 'PCMA',
      payloadType: 8,
      receivePayloadTypes: new Map([
        [8, 'PCMA'],
        [101, 'telephone-event'],
      ]),
      telephoneEvent: { send: 101, receive: 101 },
      direction: 'sendrecv',
      ptime: 20,
    },
  });
}
for (let stream = 1; stream <= BRIDGED; stream += 1)
  worker.receive({ kind: 'hear', stream, source: stream % 2 === 0 ? stream - 1 : stream + 1 });
const prompt = encodePrompt(Int16Array.from({ length: 8_000 }, (_, index) => (index % 80) * 100));
for (let stream = BRIDGED + 1; stream <= LEGS; stream += 1)
  worker.receive({ kind: 'play', stream, playback: stream, prompt, loop: true });

let [received, sequence] = [0, 0];

/** Each phone says something. */
function speak(): void {
  for (let index = 0; index < phones.length; index += 1) {
    const { port, packet, to } = phones[index]!;
    packet[2] = sequence >> 8;
    packet[3] = sequence;
    packet[5] = (sequence * 160) >> 16;
    packet[6] = (sequence * 160) >> 8;
    packet[7] = sequence * 160;
    const { octets } = port.frame(packet.length);
    octets.set(packet);
    port.send(octets, 0, octets.length, to, host);
  }
}

/** 20 ms, in which the worker does what is due. */
function turn(): void {
  sequence += 1;
  speak();
  while (near.driver.receive!());
  for (let step = 0; step < 10; step += 1) {
    now += 2;
    worker.wake();
    while (near.driver.receive!());
  }
  while (far.driver.receive!());
}

for (let round = 0; round < WARM_UP; round += 1) turn();
let [least, packets] = [Infinity, 0];
for (let measurement = 0; measurement < MEASUREMENTS; measurement += 1) {
  globalThis.gc!();
  received = 0;
  const before = getHeapStatistics().used_heap_size;
  for (let round = 0; round < ROUNDS; round += 1) turn();
  const allocated = getHeapStatistics().used_heap_size - before;
  packets = received + ROUNDS * LEGS;
  least = Math.min(least, allocated / packets);
}
process.stdout.write(JSON.stringify({ packets, octetsPerPacket: Number(least.toFixed(2)) }));
process.exit(0);
