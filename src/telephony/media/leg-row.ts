/** The numbers of a leg that are met once a packet, in one row of a table for all legs of a worker. */
import { RTP_FORWARDER_NUMBERS } from '../../rtp/rtp-forwarder.ts';
import { RTP_SENDER_NUMBERS } from '../../rtp/rtp-sender.ts';
import { partOf, type Row } from '../../rtp/row.ts';
import { SOURCE_LATCH_NUMBERS } from '../../rtp/source-latch.ts';
import { RECEPTION_NUMBERS } from '../../rtp/statistics.ts';
import { LEVEL_METER_NUMBERS } from './level-meter.ts';
import { QUALITY_SERIES_NUMBERS } from './quality-series.ts';

/** Of each user how many numbers it keeps, in the order in which a packet meets them. */
const NUMBERS = {
  leg: 2,
  outgoing: 2,
  sender: RTP_SENDER_NUMBERS,
  incoming: 2,
  latch: SOURCE_LATCH_NUMBERS,
  reception: RECEPTION_NUMBERS,
  meter: LEVEL_METER_NUMBERS,
  forwarder: RTP_FORWARDER_NUMBERS,
  quality: QUALITY_SERIES_NUMBERS,
} as const;

/** The parts of a leg's row. */
export type LegRow = Readonly<Record<keyof typeof NUMBERS, Row>>;

/** Whole lines of a cache: no two legs share one. */
const PER_LINE = 8;
const LENGTH = PER_LINE * Math.ceil(Object.values(NUMBERS).reduce((sum, count) => sum + count, 0) / PER_LINE);

/** The rows of all legs of a worker: one for each pair of ports. */
export class LegTable {
  readonly #numbers: Float64Array;
  readonly #firstPort: number;

  /** @param firstPort, lastPort that legs may have, both included */
  constructor(firstPort: number, lastPort: number) {
    this.#firstPort = firstPort;
    this.#numbers = new Float64Array(Math.ceil((lastPort - firstPort + 1) / 2) * LENGTH);
  }

  /** @param port of a leg; what the row holds is of the leg that had the port before */
  rowOf(port: number): LegRow {
    return legRow({ numbers: this.#numbers, at: ((port - this.#firstPort) >> 1) * LENGTH });
  }
}

/** @param row of LENGTH numbers */
function legRow(row: Row): LegRow {
  let offset = 0;
  const part = (user: keyof typeof NUMBERS): Row => {
    const at = offset;
    offset += NUMBERS[user];
    return partOf(row, at);
  };
  return {
    leg: part('leg'),
    outgoing: part('outgoing'),
    sender: part('sender'),
    incoming: part('incoming'),
    latch: part('latch'),
    reception: part('reception'),
    meter: part('meter'),
    forwarder: part('forwarder'),
    quality: part('quality'),
  };
}
