/** How well one direction came through. */
export interface DirectionAudio {
  readonly packets: number;
  /** Share lost or too late, 0-1. */
  readonly loss: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** Mean opinion score, 1-4.5, estimated. */
  readonly mos: number;
}

/** The verdict on two-way audio of one leg. */
export interface LegAudio {
  readonly audio: 'both-ways' | 'from-far-end' | 'to-far-end' | 'none';
  /** Why not both ways, the most telling first. */
  readonly causes: readonly string[];
  /** What the far end sent; absent when nothing came. */
  readonly received?: DirectionAudio;
  /** What we sent; absent when nothing was sent. How it came through only where the far end reported it by RTCP. */
  readonly sent?: Pick<DirectionAudio, 'packets'> & Partial<DirectionAudio>;
  /** dBFS of the far end. */
  readonly level?: number;
  /** Milliseconds: the longest time in which nothing could be heard of it, and in which no packet came. */
  readonly longestQuiet: number;
  readonly longestGap: number;
}

/** Whether a person or an answering machine took the call, as far as could be heard. */
export interface AnsweredBy {
  readonly verdict: 'person' | 'machine' | 'unknown';
  /** 0-1. */
  readonly confidence: number;
  /** Milliseconds of audio that it took. */
  readonly after: number;
}
