import { sequence, tone } from '../audio/tone.ts';

/** How long each of the two notes sounds, ms. */
const NOTE = 400;

/** The two notes that a handset speaks with. */
export interface Voice {
  /** 705 to 1695 Hz, 10 Hz apart: which of a hundred handsets it is. */
  readonly low: number;
  /** 1000 Hz above `low`, so that no low note of another handset is mistaken for it. */
  readonly high: number;
}

/**
 * The voice of a number, by its last two digits: ears tell any two of them apart, and so does `findTones`. Numbers
 * that follow each other are 370 Hz apart.
 */
export function voiceOf(number: string): Voice {
  const lastDigits = Number(number.replaceAll(/\D/g, '').slice(-2));
  const low = 705 + 10 * ((lastDigits * 37) % 100);
  return { low, high: low + 1000 };
}

/** A voice as 16-bit samples at 8000 Hz, to be repeated without a gap: one note after the other. */
export function speechOf({ low, high }: Voice): Int16Array {
  return sequence(tone([low], NOTE), tone([high], NOTE));
}
