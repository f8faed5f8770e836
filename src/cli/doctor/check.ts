/** One thing that calls depend on. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** Nothing is wrong, and something is not known or not as usual. */
  readonly note?: boolean | undefined;
  /** What was found. */
  readonly detail: string;
  /** What to do, when it is not ok. */
  readonly remedy?: string;
}

export const good = (name: string, detail: string): Finding => ({ name, ok: true, detail });

export const bad = (name: string, detail: string, remedy: string): Finding => ({
  name,
  ok: false,
  detail,
  remedy,
});

/** The short reason of a failed system call. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).message;
