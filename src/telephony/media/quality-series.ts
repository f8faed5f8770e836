/**
 * The media of one leg second by second, for as long as it lasts. It looks once a second at what others count anyway, so that a
 * packet costs nothing more, and holds a bounded number of rows: a longer call has rows that cover more seconds.
 */
import { dbfsOf } from '../../audio/level.ts';
import { QUALITY_COLUMNS, qualityColumns as at, type QualityRows, UNKNOWN } from '../../call/leg-quality.ts';
import { loneRow, type Row } from '../../rtp/row.ts';
import type { RtcpSession } from '../../rtp/rtcp-session.ts';
import type { RtpSender } from '../../rtp/rtp-sender.ts';
import type { ReceptionStatistics } from '../../rtp/statistics.ts';
import { qualityOf } from './audio-verdict.ts';
import type { LevelMeter } from './level-meter.ts';

/** Milliseconds. */
const SECOND = 1_000;
/** Rows at most: ten minutes by the second, an hour by eight seconds. Even, so that two halves meet. */
export const MOST_ROWS = 600;
/** Rows to begin with: many calls are short. */
const FIRST_ROWS = 32;
const MOST = 0xffff;

/** The second that is being written; of whichever leg, one after the other. */
const WRITTEN = new Uint16Array(QUALITY_COLUMNS);
/** One in which nothing was seen. */
const BLANK = Uint16Array.of(0, 0, 0, 0, 0, UNKNOWN, UNKNOWN, 0, UNKNOWN, UNKNOWN, UNKNOWN);

/** Numbers of a row. */
export const QUALITY_SERIES_NUMBERS = 1;

export interface QualitySources {
  readonly reception: ReceptionStatistics;
  readonly sender: RtpSender;
  readonly meter: LevelMeter;
  readonly reports: RtcpSession;
}

export class QualitySeries {
  /** When the next second is over. */
  readonly #next: Row;
  readonly #sources: QualitySources;
  #rows = new Uint16Array(0);
  /** Rows that hold something. */
  #count = 0;
  #from = 0;
  #secondsPerRow = 1;
  /** What the counters said when they were looked at last. */
  readonly #before = { received: 0, sent: 0, lost: 0, late: 0, farLost: 0, samples: 0, energy: 0 };

  /** @param row of QUALITY_SERIES_NUMBERS: what is looked at more often than once a second */
  constructor(sources: QualitySources, row: Row = loneRow(QUALITY_SERIES_NUMBERS)) {
    this.#sources = sources;
    this.#next = row;
    this.nextAt = Infinity;
  }

  /** When the next second is over, ms since the epoch; Infinity before `begin` and after `end`. */
  get nextAt(): number {
    return this.#next.numbers[this.#next.at]!;
  }

  set nextAt(at: number) {
    this.#next.numbers[this.#next.at] = at;
  }

  /** Seconds are counted from the first call on; others do nothing. */
  begin(now: number): void {
    if (this.nextAt !== Infinity) return;
    this.#from = now;
    this.nextAt = now + SECOND;
  }

  /**
   * A second is over, or several while the worker stood still: what came in all of them counts to the last.
   *
   * @param now `nextAt` or later
   * @param listens whether the far end was to be heard
   */
  take(now: number, listens: boolean): void {
    const seconds = Math.floor((now - this.#from) / SECOND);
    this.nextAt = this.#from + (seconds + 1) * SECOND;
    this.#look(listens);
    this.#put(seconds - 1);
  }

  /** The rows up to `now`, with the second that is not over yet where anything happened in it. */
  end(now: number, listens: boolean): QualityRows | undefined {
    if (this.nextAt === Infinity) return undefined;
    if (now >= this.nextAt) this.take(now, listens);
    const begun = now - (this.nextAt - SECOND);
    this.#look(listens);
    if (begun > 0 && WRITTEN[at.received]! + WRITTEN[at.sent]! > 0) {
      this.#put(Math.floor((now - this.#from) / SECOND));
    }
    this.nextAt = Infinity;
    return this.rows(now);
  }

  /** Undefined where neither direction has carried a packet. */
  rows(now: number): QualityRows | undefined {
    const { received, sent } = this.#before;
    if (this.#count === 0 || received + sent === 0) return undefined;
    const covered = this.#count * this.#secondsPerRow * SECOND;
    return {
      from: this.#from,
      secondsPerRow: this.#secondsPerRow,
      milliseconds: Math.min(covered, Math.max(0, Math.round(now - this.#from))),
      rows: this.#rows.slice(0, this.#count * QUALITY_COLUMNS),
    };
  }

  #look(listens: boolean): void {
    const { reception, sender, reports } = this.#sources;
    const second = WRITTEN;
    const before = this.#before;
    const { remote } = reports;
    const received = reception.packets - before.received;
    second[at.received] = Math.min(MOST, received);
    second[at.sent] = Math.min(MOST, sender.packets - before.sent);
    before.received = reception.packets;
    before.sent = sender.packets;
    // A packet that comes late after all makes the total smaller: what was told stays told, until there is more.
    const lost = Math.max(0, reception.lost - before.lost);
    const late = reception.late - before.late;
    second[at.lost] = Math.min(MOST, lost);
    second[at.late] = Math.min(MOST, late);
    before.lost += lost;
    before.late = reception.late;
    second[at.jitter] = tenths(reception.jitter);
    second[at.listens] = listens ? 1 : 0;
    second[at.level] = this.#level();
    second[at.mos] = UNKNOWN;
    if (received > 0) {
      const { mos } = qualityOf(
        received,
        (lost + late) / (received + lost),
        reception.jitter,
        remote?.roundTrip,
      );
      second[at.mos] = Math.round(100 * mos);
    }
    const farLost = Math.max(0, (remote?.lost ?? 0) - before.farLost);
    before.farLost += farLost;
    second[at.farLost] = remote === undefined ? UNKNOWN : Math.min(MOST - 1, farLost);
    second[at.farJitter] = remote === undefined ? UNKNOWN : tenths(remote.jitter);
    const roundTrip = remote?.roundTrip;
    second[at.roundTrip] = roundTrip === undefined ? UNKNOWN : Math.min(MOST - 1, Math.round(roundTrip));
  }

  /** dB below full scale of what could be heard since the last look. */
  #level(): number {
    const { audibleSamples, audibleEnergy } = this.#sources.meter;
    const before = this.#before;
    // The meter began anew: all it holds came since.
    const isNew = audibleSamples < before.samples;
    const samples = isNew ? audibleSamples : audibleSamples - before.samples;
    const energy = isNew ? audibleEnergy : audibleEnergy - before.energy;
    before.samples = audibleSamples;
    before.energy = audibleEnergy;
    if (samples <= 0 || energy <= 0) return UNKNOWN;
    return Math.max(0, Math.round(-dbfsOf(Math.sqrt((2 * energy) / samples))));
  }

  /** @param second since the beginning */
  #put(second: number): void {
    while (Math.floor(second / this.#secondsPerRow) >= MOST_ROWS) this.#thin();
    const row = Math.floor(second / this.#secondsPerRow);
    const isNew = row >= this.#count;
    this.#makeRoom(row + 1);
    const rows = this.#rows;
    for (; this.#count <= row; this.#count++) {
      const start = this.#count * QUALITY_COLUMNS;
      rows.set(BLANK, start);
      rows[start + at.listens] = WRITTEN[at.listens]!;
    }
    if (isNew) rows.set(WRITTEN, row * QUALITY_COLUMNS);
    else join(rows, row * QUALITY_COLUMNS, WRITTEN, 0);
  }

  /** Grows by doubling: now and then, and never per packet. */
  #makeRoom(rows: number): void {
    if (rows * QUALITY_COLUMNS <= this.#rows.length) return;
    const capacity = Math.min(MOST_ROWS, Math.max(FIRST_ROWS, 2 ** Math.ceil(Math.log2(rows))));
    const grown = new Uint16Array(capacity * QUALITY_COLUMNS);
    grown.set(this.#rows);
    this.#rows = grown;
  }

  /** Two rows become one, twice as long. */
  #thin(): void {
    const rows = this.#rows;
    const count = Math.ceil(this.#count / 2);
    for (let row = 0; row < count; row++) {
      const to = row * QUALITY_COLUMNS;
      const from = 2 * to;
      rows.copyWithin(to, from, from + QUALITY_COLUMNS);
      if (2 * row + 1 < this.#count) join(rows, to, rows, from + QUALITY_COLUMNS);
    }
    this.#count = count;
    this.#secondsPerRow *= 2;
  }
}

/** Adds a row to another: counts add up, of a level the louder stays, of all else the worse. */
function join(into: Uint16Array, to: number, from: Uint16Array, start: number): void {
  for (let column = 0; column < QUALITY_COLUMNS; column++) {
    const one = into[to + column]!;
    const other = from[start + column]!;
    into[to + column] = joined(column, one, other);
  }
}

function joined(column: number, one: number, other: number): number {
  switch (column) {
    case at.received:
    case at.sent:
    case at.lost:
    case at.late:
      return Math.min(MOST, one + other);
    case at.level:
    case at.mos:
      return Math.min(one, other);
    case at.farLost:
      if (one === UNKNOWN || other === UNKNOWN) return Math.min(one, other);
      return Math.min(MOST - 1, one + other);
    default:
      return one === UNKNOWN || other === UNKNOWN ? Math.min(one, other) : Math.max(one, other);
  }
}

const tenths = (milliseconds: number): number => Math.min(MOST - 1, Math.round(10 * milliseconds));
