/**
 * What stores reject with while the database cannot be used: it is locked, away or read-only, its disk is full or broken. Nothing
 * of what was asked for is stored; the same request may succeed once the cause is gone.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
