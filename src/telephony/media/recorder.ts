/** Records two legs within their worker: what both far ends say, side by side in time, into a file that is always playable. */
import { g711Silence } from '../../audio/g711.ts';
import type { OpenRecordingFile, RecordingFile } from '../recording-file.ts';
import {
  composeRecording,
  recordingHeader,
  type RecordingLayout,
  type RecordingResult,
  recordingResult,
} from '../recording-wav.ts';
import { TAP_FRAME, type TapListener, type TappedFrame } from './audio-tap.ts';
import { CLOCK_PERIOD } from './media-clock.ts';

/** Frames written at once: 0.8 s of audio. A crash loses this much and what is being written: less than a second. */
const BLOCK = 40;
/** Blocks that wait for the disk at most: one that hangs for half a minute is given up, and not filled memory with. */
const MOST_WAITING = 38;

export type RecorderEvent =
  | { readonly kind: 'started'; readonly at: number }
  /** `code` of the system's error, or `TOO_SLOW`. What was written before stays. */
  | { readonly kind: 'failed'; readonly code: string }
  /** The last event. */
  | { readonly kind: 'stopped'; readonly result: RecordingResult };

/** What taps and untaps a leg; of it the recorder needs no more. */
export interface TappedLeg {
  tapWith(listener: TapListener): void;
  untap(listener: TapListener): void;
}

interface Side {
  readonly leg: TappedLeg;
  readonly listener: TapListener;
}

export class Recorder {
  readonly #layout: RecordingLayout;
  readonly #tell: (event: RecorderEvent) => void;
  readonly #origin: number;
  readonly #octets = [0, 1].map(() => new Uint8Array(BLOCK * TAP_FRAME).fill(g711Silence.PCMA)) as [
    Uint8Array,
    Uint8Array,
  ];
  readonly #sides = new Set<Side>();
  /** Frame number that the block under way begins with; and the one behind the last that was heard. */
  #blockStart = 0;
  #end = 0;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  /** Octets of samples in the file. */
  #written = 0;
  #stopping = false;
  #failed = false;
  readonly #done: Promise<void>;
  #more: (() => void) | undefined = undefined;

  /**
   * Begins at once; the file is opened meanwhile.
   *
   * @param legs the first and the second party; undefined where one is gone already: its side is silent
   * @param now milliseconds since 1970-01-01T00:00:00Z: the first instant in the file
   */
  constructor(options: {
    legs: readonly [TappedLeg | undefined, TappedLeg | undefined];
    layout: RecordingLayout;
    path: string;
    open: OpenRecordingFile;
    now: number;
    tell: (event: RecorderEvent) => void;
  }) {
    this.#layout = options.layout;
    this.#origin = Math.floor(options.now);
    this.#tell = options.tell;
    for (const [index, leg] of options.legs.entries()) if (leg !== undefined) this.#tap(leg, index as 0 | 1);
    this.#done = this.#run(options.open, options.path);
    if (this.#sides.size === 0) void this.stop();
  }

  #tap(leg: TappedLeg, index: 0 | 1): void {
    const octets = this.#octets[index];
    const listener = { hear: (frame: TappedFrame): void => this.#take(frame, octets) };
    this.#sides.add({ leg, listener });
    leg.tapWith(listener);
  }

  /**
   * A frame has its place by the clock and not by its number, so both sides stay in step whatever one of them misses. Each
   * leg has one frame in each period; so a frame behind the block says that the block is complete.
   */
  #take(frame: TappedFrame, octets: Uint8Array): void {
    const number = Math.floor((frame.due - this.#origin) / CLOCK_PERIOD);
    if (number < this.#blockStart) return;
    while (number >= this.#blockStart + BLOCK && !this.#failed) this.#completeBlock(BLOCK);
    if (this.#failed) return;
    octets.set(frame.octets, (number - this.#blockStart) * TAP_FRAME);
    this.#end = Math.max(this.#end, number + 1);
  }

  #completeBlock(frames: number): void {
    const [first, second] = this.#octets;
    const length = frames * TAP_FRAME;
    this.#waiting.push(composeRecording(this.#layout, first.subarray(0, length), second.subarray(0, length)));
    first.fill(g711Silence.PCMA);
    second.fill(g711Silence.PCMA);
    this.#blockStart += frames;
    if (this.#waiting.length > MOST_WAITING) this.#fail({ code: 'TOO_SLOW' });
    this.#more?.();
  }

  /** The leg is gone; its side is silent from now on. With the last leg the recording ends. */
  leave(leg: TappedLeg): void {
    for (const side of this.#sides) if (side.leg === leg) this.#sides.delete(side);
    if (this.#sides.size === 0) void this.stop();
  }

  /** Resolves when the file is complete and closed. Never rejects; safe to repeat. */
  stop(): Promise<void> {
    if (!this.#stopping) {
      this.#untap();
      if (this.#end > this.#blockStart) this.#completeBlock(this.#end - this.#blockStart);
      this.#stopping = true;
      this.#more?.();
    }
    return this.#done;
  }

  #untap(): void {
    for (const { leg, listener } of this.#sides) leg.untap(listener);
    this.#sides.clear();
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#untap();
    this.#waiting = [];
    this.#stopping = true;
    this.#tell({ kind: 'failed', code: (error as NodeJS.ErrnoException).code ?? 'unknown' });
  }

  async #run(open: OpenRecordingFile, path: string): Promise<void> {
    let bytes = 0;
    try {
      const file = await open(path);
      try {
        const header = recordingHeader(this.#layout, 0);
        await file.write(header, 0);
        bytes = header.length;
        this.#tell({ kind: 'started', at: this.#origin });
        await this.#writeBlocks(file, header.length);
      } finally {
        bytes += this.#written;
        await file.close();
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#tell({ kind: 'stopped', result: recordingResult(this.#layout, bytes) });
  }

  /** The samples first, then the header that counts them: whenever the writing breaks off, what is counted is there. */
  async #writeBlocks(file: RecordingFile, start: number): Promise<void> {
    while (true) {
      const block = this.#waiting.shift();
      if (block !== undefined) {
        await file.write(block, start + this.#written);
        await file.write(recordingHeader(this.#layout, this.#written + block.length), 0);
        this.#written += block.length;
      } else if (this.#stopping) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#more = resolve;
        });
      }
    }
  }
}
