import type { Verdict } from './call-record.ts';

/** How a pending step ends when its call is over: no error, whose stack would be written down for each call, but the way out of the scenario. */
export class Released {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    this.verdict = verdict;
  }
}
