/**
 * The database cannot be used at the moment: locked, disk full, read-only, input/output error. Nothing of what was
 * asked for is stored; the same request may succeed once the cause is gone.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
