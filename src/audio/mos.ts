/**
 * How a call would be judged by those who listened, without asking them: the E-model (ITU-T G.107), with everything but
 * delay and loss at its default, as in ITU-T G.107 Annex B and Cole & Rosenbluth, "Voice over IP performance monitoring" (2001).
 */

/** The rating with all defaults of G.107 table 3: R0 - Is. */
const BEST_RATING = 93.2;
/** Packet-loss robustness of G.711 (ITU-T G.113 Appendix I): with and without packet-loss concealment at the listener. */
const ROBUSTNESS_CONCEALED = 25.1;
const ROBUSTNESS_SILENCE = 4.3;
/** From this one-way delay on, in ms, conversations suffer. */
const DELAY_FELT = 177.3;

export interface NetworkQuality {
  /** Share of the packets that could not be played, lost or late: 0-1. */
  readonly loss: number;
  /** Milliseconds from mouth to ear, one way: network, packets and jitter buffer. */
  readonly delay: number;
  /** Whether the listener's end fills losses with what might have been said; else it fills with silence. Default true. */
  readonly concealed?: boolean;
}

export interface QualityEstimate {
  /** The E-model's rating R, 0-93.2. */
  readonly rating: number;
  /** Mean opinion score of a conversation, 1 (bad) to 4.41, to hundredths. */
  readonly mos: number;
}

/** For G.711, which itself impairs nothing. Values out of range are taken as the nearest in it. */
export function estimateQuality(network: NetworkQuality): QualityEstimate {
  const loss = 100 * Math.min(1, Math.max(0, network.loss));
  const delay = Math.max(0, network.delay);
  const robustness = (network.concealed ?? true) ? ROBUSTNESS_CONCEALED : ROBUSTNESS_SILENCE;
  // G.107 (7-29), with random loss: Ie,eff = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl).
  const equipment = (95 * loss) / (loss + robustness);
  const slowness = 0.024 * delay + 0.11 * Math.max(0, delay - DELAY_FELT);
  const rating = Math.min(BEST_RATING, Math.max(0, BEST_RATING - equipment - slowness));
  return { rating, mos: Math.round(100 * meanOpinion(rating)) / 100 };
}

/** G.107 Annex B (B-4). */
function meanOpinion(rating: number): number {
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
