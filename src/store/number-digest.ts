import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Stands for phone numbers where they must not be read: there are too few of them for a hash without a key.
 * @param key the platform's, as for secrets at rest
 */
export function numberDigest(key: string): (number: string) => string {
  const derived = new Uint8Array(hkdfSync('sha256', key, '', 'openvoicecall phone numbers', 32));
  return (number) => createHmac('sha256', derived).update(number).digest('hex').slice(0, 32);
}
