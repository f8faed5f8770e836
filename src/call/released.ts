import type { Verdict } from './call-record.ts';

/** How a pending step ends when its call is over: not an error, but the way out of the scenario. */
export class Released extends Error {
  override readonly name = 'Released';
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(`released with cause ${verdict.releaseCause}`);
    this.verdict = verdict;
  }
}
