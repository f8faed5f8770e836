import { describe, expect, it } from 'vitest';
import { seeded32 } from '../../test/support/rtp-packets.ts';
import { RTP_HEADER_LENGTH } from './packet.ts';
import { RtcpReader } from './rtcp.ts';
import type { RtcpPacket } from './rtcp-packet.ts';
import { RtcpSession } from './rtcp-session.ts';
import { RtpSender } from './rtp-sender.ts';
import { ReceptionStatistics } from './statistics.ts';

const START = Date.UTC(2026, 0, 1);

class Party {
  readonly sender: RtpSender;
  readonly reception = new ReceptionStatistics(8000);
  readonly session: RtcpSession;

  constructor(seed: number) {
    const random = seeded32(seed);
    this.sender = new RtpSender(random);
    this.session = new RtcpSession({
      sender: this.sender,
      reception: this.reception,
      canonicalName: `party${seed}`,
      random,
      clockRate: 8000,
    });
  }

  /** Sends a packet, which the other receives unless it is lost. */
  send(other: Party, now: number, lost = false): void {
    const header = new Uint8Array(RTP_HEADER_LENGTH);
    const timestamp = this.sender.timestampAt(now);
    const sequence = this.sender.nextSequence;
    this.sender.stamp(header, 0, 8, 160, now);
    if (lost) return;
    other.reception.receive(
      { ssrc: this.sender.ssrc, sequence, timestamp, payloadLength: 160 },
      true,
      now + 30,
    );
  }
}

function read(bytes: Uint8Array): RtcpPacket[] {
  const packets = new RtcpReader().read(bytes);
  if (packets === undefined) throw new Error('not RTCP');
  return packets;
}

describe('RtcpSession', () => {
  it('waits half of 0.5 to 1.5 intervals first, then 0.5 to 1.5 (RFC 3550 6.2, 6.3.1)', () => {
    const deadlines = Array.from({ length: 50 }, (_, seed) => {
      const { session } = new Party(seed + 1);
      expect(session.deadline).toBe(Infinity);
      session.start(START);
      const first = session.deadline - START;
      session.start(START + 1);
      expect(session.deadline - START).toBe(first);
      session.report(session.deadline);
      return { first, second: session.deadline - START - first };
    });
    for (const { first, second } of deadlines) {
      expect(first).toBeGreaterThanOrEqual(1250);
      expect(first).toBeLessThan(3750);
      expect(second).toBeGreaterThanOrEqual(2500);
      expect(second).toBeLessThan(7500);
    }
    expect(new Set(deadlines.map(({ first }) => first)).size).toBeGreaterThan(40);
  });

  it('sends a sender report with the canonical name once it has sent, and a receiver report when it stopped', () => {
    const [a, b] = [new Party(1), new Party(2)];
    for (let index = 0; index < 50; index++) a.send(b, START + index * 20);
    const [report, description] = read(a.session.report(START + 1000));
    expect(report).toMatchObject({
      kind: 'senderReport',
      ssrc: a.sender.ssrc,
      packets: 50,
      octets: 8000,
      blocks: [],
    });
    expect(description).toEqual({
      kind: 'sourceDescription',
      sources: [{ ssrc: a.sender.ssrc, canonicalName: 'party1' }],
    });
    expect(read(a.session.report(START + 6000))[0]?.kind).toBe('receiverReport');
  });

  it('gives the wall clock and the stream clock of the same instant', () => {
    const [a, b] = [new Party(3), new Party(4)];
    for (let index = 0; index < 50; index++) a.send(b, START + index * 20);
    const at = START + 49 * 20 + 7.5;
    const expected = a.sender.timestampAt(START + 49 * 20 + 20) - 20 * 8 + 60;
    const [report] = read(a.session.report(at));
    expect(report).toMatchObject({ rtpTimestamp: expected >>> 0 });
    const seconds = START / 1000 + 2_208_988_800;
    expect(report).toMatchObject({ ntpTime: { seconds } });
  });

  it('learns losses, jitter and the round trip from the far end', () => {
    const [a, b] = [new Party(5), new Party(6)];
    for (let index = 0; index < 100; index++) a.send(b, START + index * 20, index % 10 === 5);
    const report = read(a.session.report(START + 2000));
    // 40 ms there, 3 s until the answer, 50 ms back.
    b.session.receive(report, START + 2040);
    const answer = read(b.session.report(START + 5040));
    expect(answer[0]).toMatchObject({ kind: 'receiverReport', blocks: [{ ssrc: a.sender.ssrc }] });
    a.session.receive(answer, START + 5090);
    expect(a.session.remote).toMatchObject({ lost: 10, jitter: 0 });
    expect(a.session.remote?.fractionLost).toBeCloseTo(0.1, 1);
    expect(a.session.remote?.roundTrip).toBeCloseTo(90, 0);
    expect(a.session.received).toBe(1);
  });

  it('is not impressed by reports about others or by impossible times', () => {
    const a = new Party(7);
    const block = {
      fractionLost: 128,
      cumulativeLost: 5,
      extendedHighestSequence: 1,
      jitter: 0,
      lastSenderReport: 1,
      delaySinceLastSenderReport: 0xffff_ffff,
    };
    a.session.receive(
      [{ kind: 'receiverReport', ssrc: 9, blocks: [{ ssrc: a.sender.ssrc ^ 1, ...block }] }],
      START,
    );
    expect(a.session.remote).toBeUndefined();
    a.session.receive(
      [{ kind: 'receiverReport', ssrc: 9, blocks: [{ ssrc: a.sender.ssrc, ...block }] }],
      START,
    );
    expect(a.session.remote?.lost).toBe(5);
    const roundTrip = a.session.remote?.roundTrip;
    expect(roundTrip === undefined || roundTrip >= 0).toBe(true);
  });

  it('says goodbye behind a report, and reports no more', () => {
    const a = new Party(8);
    a.session.start(START);
    const packets = read(a.session.goodbye(START + 10));
    expect(packets.map(({ kind }) => kind)).toEqual(['receiverReport', 'sourceDescription', 'goodbye']);
    expect(packets[2]).toEqual({ kind: 'goodbye', sources: [a.sender.ssrc] });
    expect(a.session.deadline).toBe(Infinity);
  });
});
