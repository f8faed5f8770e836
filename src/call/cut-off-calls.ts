import { nextChange } from './call-change.ts';
import type { CallRecord } from './call-record.ts';
import type { CallSurroundings } from './call.ts';
import type { CallJournal } from './journal.ts';
import { patiently } from './patiently.ts';
import { lastKnownOf } from './unfinished-call.ts';

/** How long the record of a call that was cut off waits for its far ends, ms: time for three copies of a BYE. */
const RELEASE_PATIENCE = 2_000;

/** Calls that a crash cut off, as the next start finds them. */
export class CutOffCalls {
  readonly #surroundings: CallSurroundings;
  readonly #journal: () => CallJournal;

  /** @param journal of one call */
  constructor(surroundings: CallSurroundings, journal: () => CallJournal) {
    this.#surroundings = surroundings;
    this.#journal = journal;
  }

  /** Reads how long the call's recording became, where a crash cut that off, too. Before anything moves the file to where it is kept. */
  async measureRecording({ recording, sessionId }: CallRecord): Promise<void> {
    if (recording === undefined || recording.milliseconds !== undefined) return;
    const { recordings, log } = this.#surroundings;
    try {
      recording.milliseconds = (await recordings.lengthOf(recording.objectName)) ?? 0;
    } catch (error) {
      log.error(
        { sessionId, err: error },
        'the length of a recording that a crash cut off could not be read',
      );
    }
  }

  /**
   * Releases the far ends, then writes the last event and the record, dated by when the call was last known to be alive.
   *
   * @param lastSeen when any call was, ms since the epoch
   */
  async end(record: CallRecord, lastSeen: number): Promise<void> {
    const { clock, hostName, log } = this.#surroundings;
    const at = Math.min(clock.now(), Math.max(lastSeen, lastKnownOf(record)));
    await this.#releaseFarEnds(record);
    for (const leg of record.legs) {
      delete leg.trace;
      leg.endedAt ??= at;
      if (leg.answeredAt === undefined) leg.failedAt ??= at;
    }
    const journal = this.#journal();
    journal.write(nextChange(record, 'disconnect', at, record.legs[0], hostName));
    await journal.drained();
    const { sessionId, verdict } = record;
    log.info({ sessionId, ...verdict }, 'a call that a crash cut off was ended');
  }

  /** Far ends that do not answer hold the record up for a while only; they are asked on. */
  async #releaseFarEnds({ legs, sessionId }: CallRecord): Promise<void> {
    const { telephony, clock } = this.#surroundings;
    const traces = legs.map(({ trace }) => trace).filter((trace) => trace !== undefined);
    if (traces.length === 0) return;
    const released = Promise.all(traces.map((trace) => telephony.release(trace, sessionId)));
    await patiently(clock, released, RELEASE_PATIENCE);
  }
}
