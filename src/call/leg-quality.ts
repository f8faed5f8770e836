/**
 * The media of one leg second by second, packed: a row of small numbers for each second, made by the media worker, kept with the
 * call, and unpacked for whoever looks at it.
 */
import type { Party } from './call-record.ts';

/** Where the numbers of a row stand; each is a whole number, 0-65535. */
export const qualityColumns = {
  /** Packets from the far end that belong to the stream, and to it. */
  received: 0,
  sent: 1,
  /** Gaps in the sequence numbers, and packets that came 100 ms or more behind the fastest. */
  lost: 2,
  late: 3,
  /** Interarrival jitter (RFC 3550 6.4.1) in tenths of a millisecond. */
  jitter: 4,
  /** dB below full scale of what could be heard; UNKNOWN: nothing could. */
  level: 5,
  /** Mean opinion score in hundredths, 100-450; UNKNOWN: nothing came. */
  mos: 6,
  /** 1 where the far end was to be heard, 0 while it was on hold. */
  listens: 7,
  /** What the far end reported by RTCP since the row before: packets of ours that it lost, jitter in tenths of a ms, round trip in ms. */
  farLost: 8,
  farJitter: 9,
  roundTrip: 10,
} as const;

export type QualityColumn = keyof typeof qualityColumns;

export const QUALITY_COLUMNS = Object.keys(qualityColumns).length;

/** Of level, mos and what the far end reports. */
export const UNKNOWN = 0xffff;

/** What a media worker keeps of a leg. */
export interface QualityRows {
  /** When the first row begins, ms since the epoch. */
  readonly from: number;
  /** Seconds that a row covers: 1, and twice as many each time a call became too long for its rows. */
  readonly secondsPerRow: number;
  /** Of all rows together, ms: the last may be shorter than the others. */
  readonly milliseconds: number;
  /** QUALITY_COLUMNS of each row, one row after the other. */
  readonly rows: Uint16Array;
}

/** The same of a call's leg. */
export interface LegQuality extends QualityRows {
  readonly party: Party;
}

/**
 * What was heard of the far end in a row's time: audio; packets, and nothing in them louder than -50 dBFS; no packets; or it was
 * on hold and not listened to.
 */
export type Heard = 'audio' | 'silence' | 'no-packets' | 'on-hold';

/** One column of all rows. */
export function qualityColumn({ rows }: Pick<QualityRows, 'rows'>, column: QualityColumn): number[] {
  const values: number[] = [];
  for (let at = qualityColumns[column]; at < rows.length; at += QUALITY_COLUMNS) values.push(rows[at]!);
  return values;
}

export function heardOf({ rows }: Pick<QualityRows, 'rows'>): Heard[] {
  const heard: Heard[] = [];
  for (let at = 0; at < rows.length; at += QUALITY_COLUMNS) {
    if (rows[at + qualityColumns.listens] === 0) heard.push('on-hold');
    else if (rows[at + qualityColumns.received] === 0) heard.push('no-packets');
    else heard.push(rows[at + qualityColumns.level] === UNKNOWN ? 'silence' : 'audio');
  }
  return heard;
}
