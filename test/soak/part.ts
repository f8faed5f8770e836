/** A part of the soak: one file each, which `run.ts` lists. */
export interface SoakOptions {
  /** Seconds that this part may take; undefined: as often as its counts say. */
  readonly seconds: number | undefined;
  /** The same seed makes the same choices; what the machine makes of them differs. */
  readonly seed: number;
  readonly database: 'sqlite' | 'postgres';
  /** How often the crash part kills. */
  readonly kills: number;
  /**
   * How many calls are held for half a minute before each of these kills (undefined: none, and lives are short), or are placed at
   * once before each stop of the drain part.
   */
  readonly up: number | undefined;
  /** How often the outage part takes the database away. */
  readonly outages: number;
  /** How many calls the resources part makes. */
  readonly calls: number;
}

export interface SoakReport {
  /** What was done, how often. */
  readonly tried: Readonly<Record<string, number>>;
  /** What should not have happened, how often; anything above 0 fails the soak. */
  readonly lost: Readonly<Record<string, number>>;
  /** What was measured besides. */
  readonly measured?: Readonly<Record<string, number | string>>;
  /** The first of what was lost, in words. */
  readonly examples?: readonly string[];
}

export interface SoakPart {
  readonly name: string;
  /** One line for people. */
  readonly what: string;
  /** @param say tells people how far it is */
  run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport>;
}
