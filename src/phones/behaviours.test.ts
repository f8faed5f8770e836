import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DtmfDetector } from '../audio/dtmf.ts';
import { findTones } from '../audio/spectrum.ts';
import { type BehaviourName, behaviours, type Handset } from './behaviours.ts';
import { wait } from './clock.ts';

/** A handset on paper: writes down what a script does with it, and when. */
class PaperHandset implements Handset {
  readonly notes: string[] = [];
  readonly #clock = new ManualClock(0);
  readonly #call = new AbortController();

  get over(): AbortSignal {
    return this.#call.signal;
  }

  /** Lets the script have the call for `milliseconds`, then ends the call from outside. */
  async listenTo(behaviour: BehaviourName, milliseconds: number): Promise<string[]> {
    const script = behaviours[behaviour](this);
    await this.#clock.advance(milliseconds);
    this.#call.abort(new Error('the caller hung up'));
    await script.catch((error: unknown) => this.#note(String(error)));
    expect(this.#clock.pending).toBe(0);
    return this.notes;
  }

  wait(milliseconds: number): Promise<void> {
    return wait(this.#clock, milliseconds, this.over);
  }
  ring(): void {
    this.#note('ring');
  }
  async openEarlyMedia(cause?: { q850: number }): Promise<void> {
    this.#note(`early media${cause === undefined ? '' : ` because of ${cause.q850}`}`);
  }
  async answer(): Promise<void> {
    this.#note('answer');
  }
  refuse(status: number, cause?: { q850: number }): void {
    this.#note(`refuse ${status}${cause === undefined ? '' : ` because of ${cause.q850}`}`);
    this.#call.abort(new Error('refused'));
  }
  speak(): void {
    this.#note('speak');
  }
  play(samples: Int16Array): void {
    const tones = findTones(samples).map(({ frequency }) => Math.round(frequency));
    this.#note(`play ${tones.sort((one, other) => one - other).join(' ')}`);
  }
  async say(samples: Int16Array): Promise<void> {
    this.#note(`say ${findKeys(samples)}for ${samples.length / 8} ms`);
    await this.wait(samples.length / 8);
  }
  refuseTelephoneEvents(): void {
    this.#note('no telephone-events');
  }
  heardOut(): Promise<void> {
    return this.wait(5000);
  }
  press(keys: string, signalling: string): void {
    this.#note(`press ${keys} by ${signalling}`);
  }
  hangUp(): void {
    this.#note('hang up');
    this.#call.abort(new Error('hung up'));
  }

  #note(what: string): void {
    this.notes.push(`${this.#clock.now() / 1000} s: ${what}`);
  }
}

/** The keys whose tones are in `samples`, each followed by a blank. */
function findKeys(samples: Int16Array): string {
  const keys = new DtmfDetector().process(samples);
  return Array.from(keys, (key) => `${key} `).join('');
}

/** What each behaviour does when nobody interferes for a minute. */
const scripts: Readonly<Record<BehaviourName, readonly string[]>> = {
  talk: ['0 s: ring', '1 s: answer', '1 s: speak'],
  busy: ['0 s: refuse 486'],
  'no-answer': ['0 s: ring'],
  reject: ['0 s: ring', '2 s: refuse 603'],
  unreachable: ['0 s: refuse 480'],
  unallocated: ['0 s: refuse 404 because of 1'],
  'hang-up': ['0 s: ring', '1 s: answer', '1 s: speak', '4 s: hang up'],
  'answer-late': ['0 s: ring', '8 s: answer', '8 s: speak'],
  silent: ['0 s: ring', '1 s: answer'],
  'powered-off': ['0 s: refuse 480 because of 20'],
  'early-media': ['0 s: early media', '0 s: play 450', '3 s: answer', '3 s: speak'],
  'failure-announcement': [
    '0 s: early media because of 19',
    '0 s: play 950 1400 1800',
    '4 s: refuse 480 because of 19',
  ],
  'no-response': [],
  'network-failure': ['0 s: refuse 503'],
  'press-1': ['0 s: ring', '1 s: answer', '6 s: press 1 by telephone-event'],
  'press-37': ['0 s: ring', '1 s: answer', '6 s: press 37# by telephone-event'],
  'press-37-by-info': ['0 s: ring', '1 s: no telephone-events', '1 s: answer', '6 s: press 37# by info'],
  'press-37-in-band': ['0 s: ring', '1 s: no telephone-events', '1 s: answer', '6 s: say 3 7 # for 600 ms'],
  voicemail: ['0 s: ring', '3 s: answer', '3.3 s: say for 5840 ms'],
  person: ['0 s: ring', '2 s: answer', '2.4 s: say for 660 ms'],
};

describe('left alone', () => {
  test.each(Object.entries(scripts))('%s', async (name, script) => {
    expect(await new PaperHandset().listenTo(name as BehaviourName, 60_000)).toEqual(script);
  });
});

test('a caller who hangs up while it rings ends the script at once', async () => {
  expect(await new PaperHandset().listenTo('answer-late', 5000)).toEqual([
    '0 s: ring',
    '5 s: Error: the caller hung up',
  ]);
});
