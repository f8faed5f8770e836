/** Amplitude of the loudest sine that 16 bits hold: 0 dBFS. */
const FULL_SCALE = 32_767;

/** Peak amplitude, in 16-bit sample units, of a sine of `dbfs`. */
export function amplitudeOf(dbfs: number): number {
  return FULL_SCALE * 10 ** (dbfs / 20);
}

/** The level of a sine with this peak amplitude, in dBFS. */
export function dbfsOf(amplitude: number): number {
  return 20 * Math.log10(amplitude / FULL_SCALE);
}

/**
 * The level of 16-bit samples in dBFS, by their root mean square: 0 is a sine of full scale, as in AES17.
 *
 * @returns -Infinity for digital silence and for no samples
 */
export function levelOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? -Infinity : dbfsOf(Math.sqrt((2 * sum) / samples.length));
}

/** Whether nobody could hear `samples`: below `threshold` dBFS. What G.711 leaves of silence is at -69 dBFS. */
export function isSilent(samples: Int16Array, threshold = -60): boolean {
  return levelOf(samples) < threshold;
}
