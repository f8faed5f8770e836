import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import { type DatagramPort, frameIn } from '../../../src/telephony/media/datagram-port.ts';
import { LegTable } from '../../../src/telephony/media/leg-row.ts';
import { MediaLeg } from '../../../src/telephony/media/media-leg.ts';
import { rtpBytes, seeded32 } from '../../support/rtp-packets.ts';
import type { FuzzTarget } from '../engine/target.ts';

const directory = new URL('../../torture/other-protocols/', import.meta.url);
const PORT = 40_000;
const FAR_END = { host: '192.0.2.1', port: 4_000 };
const FAR_REPORTS = { host: '192.0.2.1', port: 4_001 };
const STRANGER = { host: '198.51.100.9', port: 9 };

/** STUN, TURN, ZRTP and DTLS, by name. */
export const otherProtocols: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(directory)
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .map((name) => [name.slice(0, -4), readFileSync(new URL(name, directory))]),
);

/** RFC 7983 7: what the first octet says it is; RTP and RTCP alone have a business at a port of ours. */
export function isOfAnotherProtocol(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  return first < 128 || first > 191;
}

/** A port that remembers where something was sent. */
class DeafPort implements DatagramPort {
  readonly unsent = 0;
  onDatagram: DatagramPort['onDatagram'] = undefined;
  onApproach: DatagramPort['onApproach'] = undefined;
  readonly destinations = new Set<string>();
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  approach(): number {
    return 0;
  }

  frame(length: number): ReturnType<DatagramPort['frame']> {
    return frameIn(new ArrayBuffer(length), 0, length);
  }

  send(_bytes: Uint8Array, _offset: number, _length: number, _port: number, host: string): void {
    this.destinations.add(host);
  }

  listenTo(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A leg in a call, and what comes to its two ports. */
export class LegAtPorts {
  readonly rtp = new DeafPort(PORT);
  readonly rtcp = new DeafPort(PORT + 1);
  readonly leg: MediaLeg;
  #now = 1_790_000_000_000;

  constructor() {
    this.leg = new MediaLeg({
      id: 1,
      rtp: this.rtp,
      rtcp: this.rtcp,
      row: new LegTable(PORT, PORT + 1).rowOf(PORT),
      silentAfter: 20_000,
      random: seeded32(1),
      now: () => this.#now,
      tell: () => {},
    });
    this.leg.configure({
      remote: FAR_END,
      rtcp: FAR_REPORTS,
      codec: 'PCMA',
      payloadType: 8,
      receivePayloadTypes: new Map([
        [8, 'PCMA'],
        [101, 'telephone-event'],
      ]),
      telephoneEvent: { send: 101, receive: 101 },
      direction: 'sendrecv',
      ptime: 20,
    });
  }

  /** The far end speaks for so many packets. */
  speaks(packets: number): void {
    for (let index = 0; index < packets; index += 1) {
      const packet = rtpBytes({
        sequence: index,
        timestamp: 160 * index,
        payload: new Uint8Array(160).fill(0xd5),
      });
      this.hears(packet, 'rtp', 'far end');
    }
  }

  hears(bytes: Uint8Array, at: 'rtp' | 'rtcp', from: 'far end' | 'stranger'): void {
    this.#now += 20;
    const farEnd = at === 'rtp' ? FAR_END : FAR_REPORTS;
    const { host, port } = from === 'far end' ? farEnd : STRANGER;
    this[at].onDatagram?.(new Uint8Array(bytes), host, port);
    this.leg.tick(this.#now);
  }
}

function checkSip(bytes: Buffer): void {
  try {
    parseMessage(bytes);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
  }
}

/** Datagrams at the ports of a leg, each by an octet that says at which and whose, and two of length. */
export const mediaPortTarget: FuzzTarget = {
  name: 'media-port',
  sources: ['telephony/media/incoming-audio', 'telephony/media/media-leg', 'rtp/packet', 'rtp/rtcp'],
  seeds: [...otherProtocols.values()].flatMap((bytes) =>
    [0, 1, 2, 3].map((where) =>
      Buffer.concat([Buffer.of(where, bytes.length >> 8, bytes.length & 255), bytes]),
    ),
  ),
  words: [
    '\u0000\u0001\u0000\u0000!\u0012\u00a4B',
    '\u0001\u0001\u0000\u0000!\u0012\u00a4B',
    '!\u0012\u00a4B',
    '\u0000\u0020\u0000\u0008',
    '\u0010\u0000\u0000\u0001ZRTP',
    'PZ\u0000\u0003HelloACK',
    '\u0016\u00fe\u00fd',
    '\u0014\u00fe\u00ff',
    '@\u0000\u0000\u0004',
    '\u0080\u0008',
    '\u0081\u00c9\u0000\u0007',
  ],
  longest: 4_096,
  run: (input) => {
    const ports = new LegAtPorts();
    ports.speaks(4);
    const before = ports.leg.statistics;
    const others = { rtp: 0, rtcp: 0 };
    for (let at = 0; at + 3 <= input.length; ) {
      const [where = 0] = input.subarray(at);
      const end = at + 3 + (input.readUInt16BE(at + 1) % 2_048);
      const bytes = input.subarray(at + 3, end);
      const port = (where & 1) === 0 ? 'rtp' : 'rtcp';
      if (isOfAnotherProtocol(bytes)) others[port] += 1;
      ports.hears(bytes, port, (where & 2) === 0 ? 'far end' : 'stranger');
      checkSip(bytes);
      at = end;
    }
    const { dropped, destination } = ports.leg.statistics;
    assert.ok(dropped.malformed - before.dropped.malformed >= others.rtp, 'not counted at the RTP port');
    assert.ok(
      dropped.malformedReports - before.dropped.malformedReports >= others.rtcp,
      'not counted at the RTCP port',
    );
    assert.deepEqual(destination, FAR_END);
    const sentTo = new Set([...ports.rtp.destinations, ...ports.rtcp.destinations]);
    assert.ok(!sentTo.has(STRANGER.host), 'a stranger was sent something');
  },
};
