/**
 * One stream's RTCP (RFC 3550 6): when to report and what, what the far end reports about us, and the goodbye.
 */
import { compactNtp, ntpTime } from './rtcp.ts';
import type { ReportBlock, RtcpPacket } from './rtcp-packet.ts';
import { writeRtcp } from './rtcp-writer.ts';
import type { Random32, RtpSender } from './rtp-sender.ts';
import { timestampDistance } from './serial.ts';
import type { ReceptionStatistics } from './statistics.ts';

/** RFC 3550 6.2: the fixed minimum interval, in milliseconds. */
const INTERVAL = 5000;

/** What the far end said about the stream we send, in its last report. */
export interface RemoteReception {
  /** 0-1, of the packets since the report before. */
  readonly fractionLost: number;
  readonly lost: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** Milliseconds; undefined until the far end has answered one of our sender reports. */
  readonly roundTrip: number | undefined;
}

export class RtcpSession {
  /** When the next report is due, in milliseconds; Infinity before `start` and after `goodbye`. */
  deadline = Infinity;
  /** Compound packets received. */
  received = 0;
  readonly #sender: RtpSender;
  readonly #reception: ReceptionStatistics;
  readonly #canonicalName: string;
  readonly #random: Random32;
  readonly #clockRate: number;
  #packetsReported = 0;
  #lastSenderReport: { readonly ssrc: number; readonly compact: number; readonly at: number } | undefined =
    undefined;
  #remote: RemoteReception | undefined = undefined;

  /**
   * @param canonicalName random and kept for the session, so that it names nobody (RFC 7022 4.2)
   * @param clockRate of the RTP timestamps in Hz
   */
  constructor(options: {
    sender: RtpSender;
    reception: ReceptionStatistics;
    canonicalName: string;
    random: Random32;
    clockRate: number;
  }) {
    this.#sender = options.sender;
    this.#reception = options.reception;
    this.#canonicalName = options.canonicalName;
    this.#random = options.random;
    this.#clockRate = options.clockRate;
  }

  get remote(): RemoteReception | undefined {
    return this.#remote;
  }

  /** The stream is up: the first report comes after half an interval, jittered (RFC 3550 6.2). */
  start(now: number): void {
    if (this.deadline === Infinity) this.deadline = now + this.#jittered(INTERVAL / 2);
  }

  /** 0.5 to 1.5 times the interval, so that sessions begun together do not report together (RFC 3550 6.3.1). */
  #jittered(interval: number): number {
    return interval * (0.5 + (this.#random() >>> 0) / 0x1_0000_0000);
  }

  /**
   * @param now milliseconds since 1970-01-01T00:00:00Z: sender reports tell the wall clock
   * @returns the compound packet to send
   */
  report(now: number): Uint8Array {
    this.deadline = now + this.#jittered(INTERVAL);
    return writeRtcp(this.#packets(now));
  }

  /** The last packet: a report and BYE (RFC 3550 6.1, 6.6). */
  goodbye(now: number): Uint8Array {
    this.deadline = Infinity;
    return writeRtcp([...this.#packets(now), { kind: 'goodbye', sources: [this.#sender.ssrc] }]);
  }

  #packets(now: number): RtcpPacket[] {
    const { ssrc } = this.#sender;
    const blocks = this.#blocks(now);
    const sentSince = this.#sender.packets > this.#packetsReported;
    this.#packetsReported = this.#sender.packets;
    // A sender report only from who sent since the last one (RFC 3550 6.4).
    const report: RtcpPacket = sentSince
      ? {
          kind: 'senderReport',
          ssrc,
          ntpTime: ntpTime(now),
          rtpTimestamp: this.#sender.reportTimestamp(now),
          packets: this.#sender.packets >>> 0,
          octets: this.#sender.octets >>> 0,
          blocks,
        }
      : { kind: 'receiverReport', ssrc, blocks };
    return [report, { kind: 'sourceDescription', sources: [{ ssrc, canonicalName: this.#canonicalName }] }];
  }

  #blocks(now: number): ReportBlock[] {
    const reception = this.#reception.takeReception();
    if (reception === undefined) return [];
    const last = this.#lastSenderReport;
    const answers = last !== undefined && last.ssrc === reception.ssrc;
    return [
      {
        ...reception,
        lastSenderReport: answers ? last.compact : 0,
        delaySinceLastSenderReport: answers ? Math.round(((now - last.at) * 0x1_0000) / 1000) >>> 0 : 0,
      },
    ];
  }

  receive(packets: readonly RtcpPacket[], now: number): void {
    this.received++;
    for (const packet of packets) {
      if (packet.kind !== 'senderReport' && packet.kind !== 'receiverReport') continue;
      if (packet.kind === 'senderReport') {
        this.#lastSenderReport = { ssrc: packet.ssrc, compact: compactNtp(packet.ntpTime), at: now };
      }
      for (const block of packet.blocks) {
        if (block.ssrc === this.#sender.ssrc) this.#note(block, now);
      }
    }
  }

  #note(block: ReportBlock, now: number): void {
    this.#remote = {
      fractionLost: block.fractionLost / 256,
      lost: block.cumulativeLost,
      jitter: (block.jitter * 1000) / this.#clockRate,
      roundTrip: roundTrip(block, now) ?? this.#remote?.roundTrip,
    };
  }
}

/** RFC 3550 6.4.1: A - LSR - DLSR, in milliseconds. Hostile or absent times give none. */
function roundTrip(block: ReportBlock, now: number): number | undefined {
  if (block.lastSenderReport === 0) return undefined;
  const arrival = compactNtp(ntpTime(now));
  const delay = timestampDistance((arrival - block.lastSenderReport) >>> 0, block.delaySinceLastSenderReport);
  return delay < 0 ? undefined : (delay * 1000) / 0x1_0000;
}
