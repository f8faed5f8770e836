/** Whether two parties could hear each other, and if not why: what support is asked first, answered from one leg's figures. */
import { estimateQuality, type QualityEstimate } from '../../audio/mos.ts';
import type { StreamStatistics } from './protocol.ts';

/** Why one direction is silent, or was. */
export type OneWayCause =
  /** No session description ever came, or it allowed no audio. */
  | 'never-agreed'
  /** We sent no packet: the far end held us all the time, or gave no address. */
  | 'nothing-sent'
  /** The far end reports by RTCP, and never of our packets: they do not reach it. */
  | 'far-end-receives-nothing'
  /** Nothing came at all: a NAT or a firewall on the way, or a far end that listens only. */
  | 'no-packets-received'
  /** Packets came, but from an address that is not the one the stream is locked to. */
  | 'latched-elsewhere'
  /** Packets came, but of a payload type that was not agreed on. */
  | 'payload-not-agreed'
  /** Datagrams came, but no RTP. */
  | 'not-rtp'
  /** Packets came, and nothing in them could be heard: a muted microphone, or a far end that itself hears nothing. */
  | 'silence-only'
  /** It could be heard, and then no packet came for the last ten seconds or more. */
  | 'packets-stopped';

export interface AudioVerdict {
  /** `from-far-end`: only the far end could be heard. `to-far-end`: only we were, as far as is known. */
  readonly audio: 'both-ways' | 'from-far-end' | 'to-far-end' | 'none';
  /** Why not both ways, the most telling first; may name what went wrong later though both directions once worked. */
  readonly causes: readonly OneWayCause[];
  /** Of what the far end sent, as its listener hears it; undefined when nothing came. */
  readonly received: DirectionQuality | undefined;
  /** Of what we sent, as the far end reports it: packets alone while it does not. Undefined when nothing was sent. */
  readonly sent: (Pick<DirectionQuality, 'packets'> & Partial<DirectionQuality>) | undefined;
  /** dBFS of what could be heard of the far end. */
  readonly level: number | undefined;
  /** Milliseconds: the longest time in which nothing could be heard of it, by level and by missing packets. */
  readonly longestQuiet: number;
  readonly longestGap: number;
}

export interface DirectionQuality extends QualityEstimate {
  readonly packets: number;
  /** Share lost or too late, 0-1. */
  readonly loss: number;
  /** Milliseconds. */
  readonly jitter: number;
}

/** Milliseconds without packets after which they count as stopped. */
const STOPPED = 10_000;
/** Less than this much to be heard, in milliseconds, is a click and no voice. */
const A_WORD = 200;
/** Who says nothing for less than this, in milliseconds, is not mute: they were about to speak. */
const A_BREATH = 1_000;
/** Reports of the far end that say nothing of our packets, after which they do not arrive. */
const REPORTS_WITHOUT_US = 2;
/** The most that the eight bits of a report can say (RFC 3550 6.4.1). */
const ALL_LOST = 255 / 256;
/** Milliseconds of a packet, and of the buffer that a listener needs at least, in the estimate of the delay. */
const PACKET = 20;
const LEAST_BUFFER = 40;
/** A buffer is about as deep as this many times the jitter. */
const BUFFER_PER_JITTER = 2;

export function audioVerdict(statistics: StreamStatistics): AudioVerdict {
  const { heard } = statistics;
  const farEndHears = sendingCauses(statistics);
  const weHear = receivingCauses(statistics);
  const to = farEndHears.length === 0;
  // Packets that stopped coming were heard before.
  const from = weHear.length === 0 || weHear[0] === 'packets-stopped';
  return {
    audio: from ? (to ? 'both-ways' : 'from-far-end') : to ? 'to-far-end' : 'none',
    causes: isNeverAgreed(statistics) ? ['never-agreed'] : [...weHear, ...farEndHears],
    received: receivedQuality(statistics),
    sent: sentQuality(statistics),
    level: heard.level,
    longestQuiet: heard.longestQuiet,
    longestGap: heard.longestGap,
  };
}

function isNeverAgreed({ sent, heard }: StreamStatistics): boolean {
  return sent.packets === 0 && heard.since === undefined;
}

function sendingCauses({ sent, received, farEnd }: StreamStatistics): OneWayCause[] {
  if (sent.packets === 0) return ['nothing-sent'];
  const unknown = farEnd === undefined && received.reports >= REPORTS_WITHOUT_US;
  return unknown || (farEnd?.fractionLost ?? 0) >= ALL_LOST ? ['far-end-receives-nothing'] : [];
}

function receivingCauses({ at, direction, heard, dropped }: StreamStatistics): OneWayCause[] {
  if (heard.packets === 0) {
    if (dropped.strangers > 0) return ['latched-elsewhere'];
    if (dropped.unknownPayload > 0) return ['payload-not-agreed'];
    return [dropped.malformed > 0 ? 'not-rtp' : 'no-packets-received'];
  }
  if (heard.audible < A_WORD) {
    if (dropped.strangers > heard.packets) return ['latched-elsewhere', 'silence-only'];
    return heard.duration < A_BREATH ? [] : ['silence-only'];
  }
  const listens = direction === 'sendrecv' || direction === 'recvonly';
  const stopped = listens && heard.lastAt !== undefined && at - heard.lastAt >= STOPPED;
  return stopped ? ['packets-stopped'] : [];
}

function receivedQuality({ received, farEnd }: StreamStatistics): DirectionQuality | undefined {
  const { packets, lost, late, jitter } = received;
  if (packets === 0) return undefined;
  return qualityOf(packets, (lost + late) / (packets + lost), jitter, farEnd?.roundTrip);
}

function sentQuality({ sent, farEnd }: StreamStatistics): AudioVerdict['sent'] {
  if (sent.packets === 0) return undefined;
  // Far ends report every five seconds or so (RFC 3550 6.2): shorter calls end without one.
  if (farEnd === undefined) return { packets: sent.packets };
  return qualityOf(sent.packets, farEnd.lost / sent.packets, farEnd.jitter, farEnd.roundTrip);
}

/**
 * How a direction would be judged, by what became of its packets.
 *
 * @param share lost or too late; taken as the nearest in 0-1
 * @param jitter, roundTrip milliseconds
 */
export function qualityOf(
  packets: number,
  share: number,
  jitter: number,
  roundTrip: number | undefined,
): DirectionQuality {
  const loss = Math.min(1, Math.max(0, share));
  const delay = (roundTrip ?? 0) / 2 + PACKET + Math.max(LEAST_BUFFER, BUFFER_PER_JITTER * jitter);
  return { packets, loss, jitter, ...estimateQuality({ loss, delay }) };
}
