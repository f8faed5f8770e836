import { createHash } from 'node:crypto';

/** 16-bit samples behind their SHA-256: a file that was cut off or damaged is noticed. */
const DIGEST = 32;

const digestOf = (samples: Uint8Array): Buffer => createHash('sha256').update(samples).digest();

export function sampleFile(samples: Int16Array): Buffer {
  const octets = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) octets.writeInt16LE(sample, index * 2);
  return Buffer.concat([digestOf(octets), octets]);
}

/** @returns undefined for anything that is not a whole, undamaged file with samples in it */
export function readSampleFile(file: Buffer): Int16Array | undefined {
  const octets = file.subarray(DIGEST);
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  if (!digestOf(octets).equals(file.subarray(0, DIGEST))) return undefined;
  return Int16Array.from({ length: octets.length / 2 }, (_, index) => octets.readInt16LE(index * 2));
}
