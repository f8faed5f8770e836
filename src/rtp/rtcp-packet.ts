/** What RTCP packets say (RFC 3550 6.4, 6.5, 6.6). */
import type { Reception } from './statistics.ts';

/** What a receiver reports about one source (RFC 3550 6.4.1). */
export interface ReportBlock extends Reception {
  /** The middle 32 bits of the NTP time of the source's last sender report; 0 before the first. */
  readonly lastSenderReport: number;
  /** From that report's arrival to this block, in 1/65536 s; 0 before the first. */
  readonly delaySinceLastSenderReport: number;
}

/** Seconds since 1900 and their fraction in 2^-32, both 32 bits (RFC 3550 4). */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

export interface SenderReport {
  readonly kind: 'senderReport';
  readonly ssrc: number;
  readonly ntpTime: NtpTime;
  /** The instant of `ntpTime` on the stream's own clock. */
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
  readonly blocks: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly kind: 'receiverReport';
  readonly ssrc: number;
  readonly blocks: readonly ReportBlock[];
}

/** Only the canonical name is kept; other items (name, phone, location) are personal and of no use here. */
export interface SourceDescription {
  readonly kind: 'sourceDescription';
  readonly sources: readonly { readonly ssrc: number; readonly canonicalName?: string }[];
}

export interface Goodbye {
  readonly kind: 'goodbye';
  readonly sources: readonly number[];
  readonly reason?: string;
}

export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye;
