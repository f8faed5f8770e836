import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Octets: as many as the hash of the signature has. */
const LENGTH = 32;

/**
 * The secret that signs the addresses of recordings, kept in the data directory so that they outlive a restart. Made
 * when there is none; then every address given out before is void.
 *
 * @param data exists
 */
export function recordingKey(data: string, random: { bytes(count: number): Uint8Array }): Uint8Array {
  const path = join(data, 'recording-key');
  const known = readKey(path);
  if (known?.length === LENGTH) return known;
  const key = random.bytes(LENGTH);
  const draft = `${path}.new`;
  // Replaced as a whole, so that a crash leaves no half of it.
  writeFileSync(draft, key, { mode: 0o600 });
  renameSync(draft, path);
  return key;
}

function readKey(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
