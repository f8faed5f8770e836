import type { DialRequest } from '../../call/ports.ts';
import type { TrunkLine } from './trunk-line.ts';

/** What one leg was promised when its call was accepted. */
export interface LegPlace {
  /** The other leg of its call is up: it is let go before first ones. */
  readonly isSecond: boolean;
  /** Takes a place on this trunk: the promised one where it is there. @returns what gives it back; undefined: it is full */
  take(line: TrunkLine): (() => void) | undefined;
  /** Its INVITE left. */
  begun(): void;
}

interface PromisedLeg {
  readonly party: DialRequest['party'];
  readonly line: TrunkLine;
  /** Gives the place back; undefined once it was taken. */
  giveBack: (() => void) | undefined;
  /** Whether it still counts among those that are to come. */
  isToCome: boolean;
}

/** How long the legs of a call that is accepted may have to wait for their turns, ms; it is refused beyond. */
const ACCEPTED_WAIT = 5_000;

/** Places on trunks for both legs of a call, taken before it is accepted, so that no phone rings for a call that cannot be. */
export class TrunkPlaces {
  readonly #calls = new Map<string, PromisedLeg[]>();

  /**
   * Takes a place for each leg, on the best trunk that has one; all of them or none.
   *
   * @param legs with the trunks that take them, best first; one that no trunk takes is promised nothing
   * @returns false when a leg finds every trunk full
   */
  reserve(
    sessionId: string,
    legs: readonly { readonly party: DialRequest['party']; readonly lines: readonly TrunkLine[] }[],
  ): boolean {
    const promised: PromisedLeg[] = [];
    for (const { party, lines } of legs) {
      if (lines.length === 0) continue;
      const found = this.#placeOn(lines);
      if (found === undefined) {
        for (const line of lines) line.counts.full += 1;
        this.release(sessionId);
        return false;
      }
      found.line.promised += 1;
      promised.push({ party, ...found, isToCome: true });
      this.#calls.set(sessionId, promised);
    }
    return true;
  }

  /** The call is over, or was not accepted. Harmless when there is none. */
  release(sessionId: string): void {
    for (const leg of this.#calls.get(sessionId) ?? []) {
      leg.giveBack?.();
      comes(leg);
    }
    this.#calls.delete(sessionId);
  }

  of({ sessionId, party }: Pick<DialRequest, 'sessionId' | 'party'>): LegPlace {
    const legs = this.#calls.get(sessionId) ?? [];
    const leg = legs.find((one) => one.party === party);
    return {
      isSecond: legs.length > 1 && party === 'B',
      take: (line) => {
        if (leg !== undefined) comes(leg);
        const promised = leg?.giveBack;
        if (leg === undefined || promised === undefined) return line.take();
        const giveBack = line === leg.line ? promised : line.take();
        // By another trunk after all: the place on this one is free.
        if (giveBack !== undefined && giveBack !== promised) promised();
        if (giveBack !== undefined) leg.giveBack = undefined;
        return giveBack;
      },
      // From now on the second leg may come at any time, and goes first.
      begun: () => {
        for (const one of legs) comes(one);
      },
    };
  }

  #placeOn(lines: readonly TrunkLine[]): { line: TrunkLine; giveBack: () => void } | undefined {
    for (const line of lines) {
      if (line.pace.expectedWait(1, line.promised) > ACCEPTED_WAIT) continue;
      const giveBack = line.take();
      if (giveBack !== undefined) return { line, giveBack };
    }
    return undefined;
  }
}

function comes(leg: PromisedLeg): void {
  if (leg.isToCome) leg.line.promised -= 1;
  leg.isToCome = false;
}
