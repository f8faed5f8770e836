/** Removes calls whose time is over, with everything that is known of them. Implemented by the store. */
export interface CallRetention {
  /**
   * Calls that ended before `at`, with their events, pushes and records. A call that something is still to be pushed of
   * stays, and so does the latest of all, so that no position of a feed is ever given twice. @returns how many
   */
  removeEndedBefore(at: number): Promise<number>;
}
