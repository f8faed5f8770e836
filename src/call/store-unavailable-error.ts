/**
 * What stores reject with while the database cannot be used: it is locked, away or read-only, its disk is full or broken. Nothing
 * of what was asked for is stored, unless it is in doubt; the same request may succeed once the cause is gone.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** It was lost how the commit ended: what was asked for may be stored all the same. */
  readonly isInDoubt: boolean;

  constructor(
    message: string,
    { isInDoubt = false, ...options }: ErrorOptions & { isInDoubt?: boolean } = {},
  ) {
    super(message, options);
    this.isInDoubt = isInDoubt;
  }
}
