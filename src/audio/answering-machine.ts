/**
 * Who answered, a person or a machine, by how they begin: a person says a word or two and waits for an answer, a machine
 * speaks on, and beeps. Works on levels and a single tone alone, so it knows no language; a guess, hence the confidence.
 */
import { type Beep, BeepDetector } from './answering-machine-beep.ts';
import { amplitudeOf } from './level.ts';

export type { Beep } from './answering-machine-beep.ts';

/** What the verdict rests on. */
export type MachineReason =
  /** A steady tone: the beep itself, or a fax. */
  | 'beep'
  /** A first utterance and the pause after it, either way. */
  | 'utterance'
  /** Speech that went on without a pause. */
  | 'long-speech'
  /** The time was up before anything was clear... */
  | 'time-out'
  /** ...or before anything was said. */
  | 'silence';

export interface MachineVerdict {
  readonly verdict: 'person' | 'machine' | 'unknown';
  /** 0-1. Above 0.8 most are right; at 0.5 it is a coin's toss. */
  readonly confidence: number;
  /** Milliseconds of audio that it took. */
  readonly after: number;
  readonly reason: MachineReason;
}

export interface MachineDetectorOptions {
  /** Milliseconds of audio after which there is a verdict whatever was heard, 500-30 000. Default 3500. */
  readonly longest?: number;
}

const DEFAULT_LONGEST = 3500;
/** Samples of a piece, 20 ms. */
const PIECE = 160;
const PIECE_MILLISECONDS = 20;

const powerOf = (dbfs: number): number => amplitudeOf(dbfs) ** 2 / 2;
/** Below this nothing is a voice. */
const QUIETEST_VOICE = powerOf(-45);
/** A voice stands this much above the quietest 20 ms of the last 600: above the noise of a car, which has no pauses. */
const ABOVE_NOISE = 10 ** 0.9;
const NOISE_PIECES = 30;
/** What a line is taken to be like before it was heard for that long. */
const QUIET_LINE = powerOf(-60);

/** Milliseconds. Shorter sounds are clicks. */
const SHORTEST_VOICE = 60;
/** A pause as long as this waits for an answer; between the words of a greeting they are shorter. */
const TURN = 700;
/** First utterances shorter than this are a person's, and longer ones a machine's: the less near, the surer. */
const PERSON_OR_MACHINE = 1600;
const SURE_BY = 700;
/** Speech as long as this, without a turn, is a machine's. */
const LONG_SPEECH = 2200;
/** At the end of the time, a pause as long as this counts as a turn, but is not as sure. */
const HALF_A_TURN = 300;

const SURENESS_OF_BEEP = 0.95;

/** Listens to one stream of samples, in pieces of any length, from the answer on. */
export class AnsweringMachineDetector {
  #verdict: MachineVerdict | undefined = undefined;
  #beep: Beep | undefined = undefined;
  readonly #beeps = new BeepDetector();
  readonly #longest: number;
  readonly #noise = new Float64Array(NOISE_PIECES).fill(QUIET_LINE);
  #energy = 0;
  #samples = 0;
  /** Milliseconds: of what was listened to; of the voice under way; where the first utterance began and last was heard. */
  #elapsed = 0;
  #voice = 0;
  #begun: number | undefined = undefined;
  #lastVoice = 0;
  /** Power of its loudest piece. */
  #loudest = 0;

  /** @throws RangeError for a time out of range */
  constructor(options: MachineDetectorOptions = {}) {
    this.#longest = options.longest ?? DEFAULT_LONGEST;
    if (!(this.#longest >= 500 && this.#longest <= 30_000)) {
      throw new RangeError('a verdict takes 500-30000 ms');
    }
  }

  /** Undefined until there is one; then it stays as it is. */
  get verdict(): MachineVerdict | undefined {
    return this.#verdict;
  }

  /** The beep that ended since the last call: before or after the verdict, any number of times. */
  takeBeep(): Beep | undefined {
    const beep = this.#beep;
    this.#beep = undefined;
    return beep;
  }

  /** @param samples 16-bit linear, 8000 Hz, mono; silence where some were lost */
  process(samples: Int16Array): void {
    this.#beep = this.#beeps.process(samples) ?? this.#beep;
    if (this.#verdict !== undefined) return;
    for (let index = 0; index < samples.length; index += 1) {
      this.#energy += samples[index]! * samples[index]!;
      this.#samples += 1;
      if (this.#samples < PIECE) continue;
      this.#hear(this.#energy / PIECE);
      this.#verdict ??= this.#judge();
      this.#energy = 0;
      this.#samples = 0;
    }
  }

  #hear(power: number): void {
    let noise = Infinity;
    for (let index = 0; index < NOISE_PIECES; index += 1) noise = Math.min(noise, this.#noise[index]!);
    this.#noise[(this.#elapsed / PIECE_MILLISECONDS) % NOISE_PIECES] = power;
    this.#elapsed += PIECE_MILLISECONDS;
    const isVoice = power >= QUIETEST_VOICE && power >= noise * ABOVE_NOISE && this.#beeps.sounding === 0;
    if (this.#begun !== undefined && this.#loudest < noise * ABOVE_NOISE) this.#takeBack();
    this.#voice = isVoice ? this.#voice + PIECE_MILLISECONDS : 0;
    if (this.#voice < SHORTEST_VOICE) return;
    this.#begun ??= this.#elapsed - this.#voice;
    this.#lastVoice = this.#elapsed;
    this.#loudest = Math.max(this.#loudest, power);
  }

  /** What was taken for a voice is what the line sounds like all the time. */
  #takeBack(): void {
    this.#begun = undefined;
    this.#loudest = 0;
  }

  #judge(): MachineVerdict | undefined {
    if (this.#beeps.sounding > 0) return this.#found('machine', SURENESS_OF_BEEP, 'beep');
    const isOver = this.#elapsed >= this.#longest;
    if (this.#begun === undefined) return isOver ? this.#found('unknown', 0, 'silence') : undefined;
    const spoken = this.#lastVoice - this.#begun;
    const pause = this.#elapsed - this.#lastVoice;
    if (pause >= TURN) return this.#byLength(spoken, 'utterance', 1);
    if (spoken >= LONG_SPEECH) return this.#byLength(spoken, 'long-speech', 1);
    if (!isOver) return undefined;
    if (spoken >= PERSON_OR_MACHINE || pause >= HALF_A_TURN) {
      return this.#byLength(spoken, 'time-out', pause >= HALF_A_TURN ? pause / TURN : 0.5);
    }
    return this.#found('unknown', 0.3, 'time-out');
  }

  /** @param weight 0-1, of what the length says */
  #byLength(spoken: number, reason: MachineReason, weight: number): MachineVerdict {
    const distance = Math.min(1, Math.abs(spoken - PERSON_OR_MACHINE) / SURE_BY);
    const confidence = 0.5 + 0.4 * distance * weight;
    return this.#found(spoken < PERSON_OR_MACHINE ? 'person' : 'machine', confidence, reason);
  }

  #found(verdict: MachineVerdict['verdict'], confidence: number, reason: MachineReason): MachineVerdict {
    return { verdict, confidence: Math.round(confidence * 100) / 100, after: this.#elapsed, reason };
  }
}
