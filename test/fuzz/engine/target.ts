/** Code that takes bytes from strangers, and what it has promised to make of any bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Where its code is, below `src/`: whose coverage guides the search. */
  readonly sources: readonly string[];
  /** What it is meant to be given. */
  readonly seeds: readonly Buffer[];
  readonly words: readonly string[];
  /** Bytes of an input at most. */
  readonly longest: number;
  /** Rejects or throws when a promise is broken. */
  run(input: Buffer): void | Promise<void>;
  /** Lets go of what it holds. */
  close?(): Promise<void>;
}
