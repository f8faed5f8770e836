import { readFileSync, statSync } from 'node:fs';
import { findTones } from '../../src/audio/spectrum.ts';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import { voiceOf } from '../../src/phones/voice.ts';
import { eventually } from './peer-process.ts';
import type { PlatformClient } from './platform-client.ts';

const BYTES_PER_MILLISECOND = 16;
/** Samples listened to at a time: 200 ms, so that a note sounds alone. */
const WINDOW = 1_600;
/** Hz that a note may seem to be off by. */
const TOLERANCE = 15;

/** What a phone of the sandbox heard, as its recording has it. */
export class PhoneRecording {
  readonly samples: Int16Array;
  /** For each 200 ms the loudest tone, in Hz; undefined where there is none. */
  readonly notes: readonly (number | undefined)[];

  constructor(path: string) {
    this.samples = wavSamples(parseWav(readFileSync(path)));
    const count = Math.floor(this.samples.length / WINDOW);
    this.notes = Array.from({ length: count }, (_, index) => {
      const window = this.samples.subarray(index * WINDOW, (index + 1) * WINDOW);
      return findTones(window)[0]?.frequency;
    });
  }

  hears(frequency: number): boolean {
    return this.notes.some((note) => note !== undefined && Math.abs(note - frequency) < TOLERANCE);
  }

  /** Both notes of the phone with this number. */
  hearsVoice(number: string): boolean {
    const { low, high } = voiceOf(number);
    return this.hears(low) && this.hears(high);
  }
}

async function recordingPath(platform: PlatformClient, sessionId: string, party: string): Promise<string> {
  return eventually(async () => {
    const { legs } = await platform.call(sessionId);
    return legs.find((leg) => leg.party === party)?.recording;
  }, `a recording of what ${party} heard`);
}

/** Resolves when the party's phone has been listening for this long from now on, to the second. */
export async function listened(
  platform: PlatformClient,
  sessionId: string,
  party: string,
  milliseconds: number,
): Promise<void> {
  const path = await recordingPath(platform, sessionId, party);
  const enough = statSync(path).size + milliseconds * BYTES_PER_MILLISECOND;
  await eventually(() => statSync(path).size >= enough, `${party} listened for ${milliseconds} ms`);
}

/** What the party's phone heard; waits until its file is complete. */
export async function heardBy(
  platform: PlatformClient,
  sessionId: string,
  party: string,
): Promise<PhoneRecording> {
  const path = await recordingPath(platform, sessionId, party);
  // The header tells the length only when the recording is complete.
  await eventually(() => readFileSync(path).readUInt32LE(40) > 0, `the recording of ${party} is complete`);
  return new PhoneRecording(path);
}
