/** What these rules need of randomness; injected, so that a test knows what it gets. */
export interface RandomIntegers {
  /** A whole number, 0 <= n < `below`. Cryptographically strong where secrets are made of it. */
  integer(below: number): number;
}
