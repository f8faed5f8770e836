/**
 * G.711 A-law and mu-law (ITU-T G.711), by table.
 *
 * Linear samples are signed 16-bit, 8000 Hz, mono. One octet of G.711 is one sample.
 */

/** The two companding laws, by their names in RTP (RFC 3551 4.5.14). */
export type G711Codec = 'PCMA' | 'PCMU';

/** The octet that decodes to the smallest positive sample: what a silent line carries. */
export const g711Silence: Readonly<Record<G711Codec, number>> = { PCMA: 0xd5, PCMU: 0xff };

/** G.711 transmits A-law with every even bit inverted, so that a silent line still has transitions. */
const ALAW_EVEN_BITS = 0x55;
/** Added to the magnitude before mu-law segments are found, in units of 14-bit samples. */
const ULAW_BIAS = 33;
const ULAW_LARGEST = 0x1fff;

function expandAlaw(octet: number): number {
  const code = octet ^ ALAW_EVEN_BITS;
  const segment = (code >> 4) & 0x07;
  const step = (code & 0x0f) * 16 + 8; // the middle of the quantising interval
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

function expandUlaw(octet: number): number {
  const code = ~octet & 0xff;
  const segment = (code >> 4) & 0x07;
  const magnitude = ((((code & 0x0f) << 1) + ULAW_BIAS) << segment) - ULAW_BIAS;
  return (code & 0x80) !== 0 ? -magnitude * 4 : magnitude * 4;
}

/** `sample12` is a signed 12-bit sample: A-law resolves no more than that. */
function compressAlaw(sample12: number): number {
  let magnitude = sample12 < 0 ? ~sample12 : sample12;
  let segment = 0;
  if (magnitude > 15) {
    segment = 1;
    while (magnitude > 31) {
      magnitude >>= 1;
      segment += 1;
    }
    magnitude -= 16;
  }
  return ((segment << 4) | magnitude | (sample12 < 0 ? 0 : 0x80)) ^ ALAW_EVEN_BITS;
}

/** `sample14` is a signed 14-bit sample: mu-law resolves no more than that. */
function compressUlaw(sample14: number): number {
  const biased = Math.min((sample14 < 0 ? ~sample14 : sample14) + ULAW_BIAS, ULAW_LARGEST);
  const segment = 31 - Math.clz32(biased) - 5;
  const code = (segment << 4) | ((biased >> (segment + 1)) & 0x0f);
  return ~(code | (sample14 < 0 ? 0x80 : 0)) & 0xff;
}

/** Linear sample of each A-law octet. */
export const alawToLinear: Readonly<Int16Array> = Int16Array.from({ length: 256 }, (_, octet) =>
  expandAlaw(octet),
);
/** Linear sample of each mu-law octet. */
export const ulawToLinear: Readonly<Int16Array> = Int16Array.from({ length: 256 }, (_, octet) =>
  expandUlaw(octet),
);

const alawOfSample12 = Uint8Array.from({ length: 1 << 12 }, (_, index) => compressAlaw((index << 20) >> 20));
const ulawOfSample14 = Uint8Array.from({ length: 1 << 14 }, (_, index) => compressUlaw((index << 18) >> 18));

/** A-law octet of a signed 16-bit sample. */
export function linearToAlaw(sample: number): number {
  return alawOfSample12[(sample >> 4) & 0xfff]!;
}

/** mu-law octet of a signed 16-bit sample. */
export function linearToUlaw(sample: number): number {
  return ulawOfSample14[(sample >> 2) & 0x3fff]!;
}

/**
 * The decoder output value numbers of ITU-T G.711 Table 3 (mu to A, counted from 1) and Table 4 (A to mu).
 * They are not the same as decoding and encoding again: they keep repeated conversion from drifting.
 */
// biome-ignore format: eight numbers a row, as in the Recommendation
const ULAW_TO_ALAW_VALUES = [
  1, 1, 2, 2, 3, 3, 4, 4,
  5, 5, 6, 6, 7, 7, 8, 8,
  9, 10, 11, 12, 13, 14, 15, 16,
  17, 18, 19, 20, 21, 22, 23, 24,
  25, 27, 29, 31, 33, 34, 35, 36,
  37, 38, 39, 40, 41, 42, 43, 44,
  46, 48, 49, 50, 51, 52, 53, 54,
  55, 56, 57, 58, 59, 60, 61, 62,
  64, 65, 66, 67, 68, 69, 70, 71,
  72, 73, 74, 75, 76, 77, 78, 79,
  80, 82, 83, 84, 85, 86, 87, 88,
  89, 90, 91, 92, 93, 94, 95, 96,
  97, 98, 99, 100, 101, 102, 103, 104,
  105, 106, 107, 108, 109, 110, 111, 112,
  113, 114, 115, 116, 117, 118, 119, 120,
  121, 122, 123, 124, 125, 126, 127, 128,
];
// biome-ignore format: eight numbers a row, as in the Recommendation
const ALAW_TO_ULAW_VALUES = [
  1, 3, 5, 7, 9, 11, 13, 15,
  16, 17, 18, 19, 20, 21, 22, 23,
  24, 25, 26, 27, 28, 29, 30, 31,
  32, 32, 33, 33, 34, 34, 35, 35,
  36, 37, 38, 39, 40, 41, 42, 43,
  44, 45, 46, 47, 48, 48, 49, 49,
  50, 51, 52, 53, 54, 55, 56, 57,
  58, 59, 60, 61, 62, 63, 64, 64,
  65, 66, 67, 68, 69, 70, 71, 72,
  73, 74, 75, 76, 77, 78, 79, 80,
  80, 81, 82, 83, 84, 85, 86, 87,
  88, 89, 90, 91, 92, 93, 94, 95,
  96, 97, 98, 99, 100, 101, 102, 103,
  104, 105, 106, 107, 108, 109, 110, 111,
  112, 113, 114, 115, 116, 117, 118, 119,
  120, 121, 122, 123, 124, 125, 126, 127,
];

/** mu-law octet for each A-law octet (G.711 Table 4): transcoding is one look-up a sample. */
export const alawToUlaw: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, octet) => {
  const value = ALAW_TO_ULAW_VALUES[(octet ^ ALAW_EVEN_BITS) & 0x7f]!;
  return (octet & 0x80) !== 0 ? 0xff ^ value : 0x7f ^ value;
});

/** A-law octet for each mu-law octet (G.711 Table 3). */
export const ulawToAlaw: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, octet) => {
  const value = ULAW_TO_ALAW_VALUES[~octet & 0x7f]! - 1;
  return (value | (octet & 0x80)) ^ ALAW_EVEN_BITS;
});

/**
 * Encodes 16-bit samples; `out` receives one octet per sample.
 *
 * @param out at least as long as `samples`; a new array by default
 * @returns the octets written (a view of `out`)
 */
export function encodeG711(
  codec: G711Codec,
  samples: Int16Array,
  out = new Uint8Array(samples.length),
): Uint8Array {
  if (codec === 'PCMA') {
    for (let index = 0; index < samples.length; index += 1)
      out[index] = alawOfSample12[(samples[index]! >> 4) & 0xfff]!;
  } else {
    for (let index = 0; index < samples.length; index += 1)
      out[index] = ulawOfSample14[(samples[index]! >> 2) & 0x3fff]!;
  }
  return out.subarray(0, samples.length);
}

/**
 * Decodes G.711 octets to signed 16-bit samples.
 *
 * @param out at least as long as `payload`; a new array by default
 * @returns the samples written (a view of `out`)
 */
export function decodeG711(
  codec: G711Codec,
  payload: Uint8Array,
  out = new Int16Array(payload.length),
): Int16Array {
  const linear = codec === 'PCMA' ? alawToLinear : ulawToLinear;
  for (let index = 0; index < payload.length; index += 1) out[index] = linear[payload[index]!]!;
  return out.subarray(0, payload.length);
}

/**
 * Turns octets of one law into the other. `out` may be `payload` itself.
 *
 * @returns the octets written (a view of `out`); `payload` copied when both laws are the same
 */
export function transcodeG711(
  from: G711Codec,
  to: G711Codec,
  payload: Uint8Array,
  out = new Uint8Array(payload.length),
): Uint8Array {
  if (from === to) {
    out.set(payload);
  } else {
    const table = from === 'PCMA' ? alawToUlaw : ulawToAlaw;
    for (let index = 0; index < payload.length; index += 1) out[index] = table[payload[index]!]!;
  }
  return out.subarray(0, payload.length);
}
