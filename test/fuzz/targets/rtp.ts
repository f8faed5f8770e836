import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { JitterBuffer } from '../../../src/rtp/jitter-buffer.ts';
import { RTP_HEADER_LENGTH, RtpReader } from '../../../src/rtp/packet.ts';
import { RtcpReader } from '../../../src/rtp/rtcp.ts';
import { RtcpSession } from '../../../src/rtp/rtcp-session.ts';
import { RtpForwarder } from '../../../src/rtp/rtp-forwarder.ts';
import { RtpSender } from '../../../src/rtp/rtp-sender.ts';
import { SourceLatch } from '../../../src/rtp/source-latch.ts';
import { ReceptionStatistics } from '../../../src/rtp/statistics.ts';
import { TelephoneEventReceiver } from '../../../src/rtp/telephone-event.ts';
import { rtpBytes, seeded32 } from '../../support/rtp-packets.ts';
import type { FuzzTarget } from '../engine/target.ts';

const directory = new URL('../../torture/rtp/', import.meta.url);
const named = (prefix: string): Buffer[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.bin'))
    .sort()
    .map((name) => readFileSync(new URL(name, directory)))
    .filter(({ length }) => length < 2_000);

const KEYS_PAYLOAD_TYPE = 101;
const sources = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

/** A packet of a stream: how many ms after the one before, from which source, its length in two octets, its octets. */
const inStream = (packet: Uint8Array, elapsed = 20, source = 0): Buffer =>
  Buffer.concat([Buffer.of(elapsed, source, packet.length >> 8, packet.length & 255), packet]);

function streamOf(count: number, change: (index: number) => Parameters<typeof rtpBytes>[0]): Buffer {
  const packets = Array.from({ length: count }, (_, index) =>
    inStream(
      rtpBytes({ sequence: index, timestamp: 160 * index, payload: new Uint8Array(20), ...change(index) }),
    ),
  );
  return Buffer.concat(packets);
}

/** One party's incoming packets, with everything that looks at them on the way. */
class Reception {
  readonly #reader = new RtpReader();
  readonly #latch = new SourceLatch();
  readonly #buffer = new JitterBuffer({ silence: 0xd5 });
  readonly #statistics = new ReceptionStatistics(8_000);
  readonly #keys = new TelephoneEventReceiver();
  readonly #forwarder = new RtpForwarder(new RtpSender(seeded32(2)));
  #now = 0;

  constructor() {
    this.#latch.expect({ host: '192.0.2.1', port: 4_000 }, 0);
  }

  receive(bytes: Uint8Array, elapsed: number, source: number): void {
    this.#now += elapsed;
    this.#take(elapsed);
    const packet = this.#reader.read(bytes);
    if (packet === undefined) return;
    assert.ok(packet.payloadStart >= RTP_HEADER_LENGTH && packet.payloadEnd >= packet.payloadStart);
    assert.ok(packet.payloadEnd <= bytes.length);
    const host = sources[source % sources.length] ?? '';
    const wasLatched = this.#latch.latched;
    const verdict = this.#latch.receive(host, 4_000, this.#now);
    if (wasLatched !== undefined && wasLatched.host !== host && host !== '192.0.2.1') {
      assert.equal(verdict, 'stranger', 'a stranger was let into a latched stream');
    }
    if (verdict === 'stranger') return;
    const isKey = packet.payloadType === KEYS_PAYLOAD_TYPE;
    this.#statistics.receive(packet, !isKey, this.#now);
    if (isKey) {
      const key = this.#keys.receive(packet.timestamp, packet.payload, this.#now, packet.marker);
      assert.match(key ?? '0', /^[0-9*#A-D]$/);
      this.#forwarder.skip(packet);
    } else {
      this.#buffer.put(packet, packet.payload, this.#now);
      this.#forwarder.forward(packet, 8, new Uint8Array(RTP_HEADER_LENGTH), 0, this.#now);
    }
    assert.ok(this.#buffer.level >= 0 && this.#buffer.level <= 200, `level ${this.#buffer.level}`);
    assert.ok(this.#statistics.lost >= 0 && this.#statistics.jitter >= 0);
  }

  #take(elapsed: number): void {
    const into = new Uint8Array(160);
    for (let frames = Math.floor(elapsed / 20); frames > 0; frames -= 1) this.#buffer.take(into, this.#now);
  }

  ends(): void {
    const reception = this.#statistics.takeReception();
    if (reception !== undefined) assert.ok(reception.fractionLost >= 0 && reception.fractionLost <= 255);
  }
}

export const rtpTarget: FuzzTarget = {
  name: 'rtp',
  sources: [
    'rtp/packet',
    'rtp/jitter',
    'rtp/sequence',
    'rtp/source',
    'rtp/statistics',
    'rtp/telephone',
    'rtp/rtp-',
  ],
  seeds: [
    ...named('rtp-').map((packet) => inStream(packet)),
    streamOf(20, () => ({})),
    streamOf(20, (index) => ({ sequence: 65_530 + index, timestamp: 4_294_967_000 + 160 * index })),
    streamOf(8, (index) => ({
      payloadType: KEYS_PAYLOAD_TYPE,
      timestamp: 160,
      payload: Uint8Array.of(5, index > 4 ? 0x8a : 10, 0, 160),
    })),
    Buffer.concat([streamOf(5, () => ({})), inStream(rtpBytes({ ssrc: 9, sequence: 5 }), 5, 1)]),
  ],
  words: ['\u0080\u0008', '\u0090\u0000', '\u0014\u0000\u0000\u0010', '\u00bf'],
  longest: 8_192,
  run: (input) => {
    const reception = new Reception();
    for (let at = 0; at + 4 <= input.length; ) {
      const length = input.readUInt16BE(at + 2) % 2_048;
      const bytes = new Uint8Array(input.subarray(at + 4, at + 4 + length));
      reception.receive(bytes, input[at] ?? 0, input[at + 1] ?? 0);
      at += 4 + length;
    }
    reception.ends();
  },
};

/** Compound packets, each by two octets of length, to a session that must be able to report on what it read. */
export const rtcpTarget: FuzzTarget = {
  name: 'rtcp',
  sources: ['rtp/rtcp'],
  seeds: named('rtcp-').map((packet) =>
    Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 255), packet]),
  ),
  words: [
    '\u0080\u00c8\u0000\u0006',
    '\u0081\u00c9\u0000\u0007',
    '\u0081\u00ca\u0000\u0002',
    '\u0081\u00cb\u0000\u0001',
  ],
  longest: 4_096,
  run: (input) => {
    const random = seeded32(1);
    const reception = new ReceptionStatistics(8_000);
    const sender = new RtpSender(random);
    const session = new RtcpSession({ sender, reception, canonicalName: 'fuzz', random, clockRate: 8_000 });
    let now = 1_790_000_000_000;
    for (let at = 0; at + 2 <= input.length; now += 20) {
      const length = input.readUInt16BE(at);
      const packets = new RtcpReader().read(new Uint8Array(input.subarray(at + 2, at + 2 + length)));
      at += 2 + length;
      if (packets === undefined) continue;
      session.receive(packets, now);
      assert.ok(new RtcpReader().read(session.report(now)) !== undefined, 'our report cannot be read');
    }
  },
};
