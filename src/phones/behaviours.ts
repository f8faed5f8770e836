import { dtmfTone } from '../audio/dtmf-tones.ts';
import { ringBackTone, sequence, silence, specialInformationTone, tone } from '../audio/tone.ts';

/** Why a handset's network lets a call fail: a Q.850 cause with its words (RFC 3326). */
export interface FailureCause {
  readonly q850: number;
  readonly text: string;
}

/** How a telephone tells which keys are pressed: RFC 4733, a SIP request (RFC 6086), or the sound of its keypad. */
export type KeySignalling = 'telephone-event' | 'info' | 'in-band';

/**
 * What a behaviour can do with the call that rings its handset. The caller may end the call at any moment: then every
 * pending step rejects with the reason of `over`, and the behaviour with it.
 */
export interface Handset {
  /** Aborted when the call is over, however it ended. */
  readonly over: AbortSignal;
  /** Rejects when the call is over before. */
  wait(milliseconds: number): Promise<void>;
  /** 180. */
  ring(): void;
  /** 183 with media: what is played from then on is heard before the answer. With a cause, it announces a failure. */
  openEarlyMedia(cause?: FailureCause): Promise<void>;
  /** 200; resolves when the caller acknowledged it. The handset sends silence until told otherwise. */
  answer(): Promise<void>;
  /** A final error instead of an answer. */
  refuse(status: number, cause?: FailureCause): void;
  /** Sends the notes of this handset's number from now on. */
  speak(): void;
  /** Sends `samples` (16 bit, 8000 Hz) over and over from now on. */
  play(samples: Int16Array): void;
  /** Sends `samples` once; resolves when they are over. */
  say(samples: Int16Array): Promise<void>;
  /** Takes no telephone-events; to be said before anything is agreed with the caller. */
  refuseTelephoneEvents(): void;
  /** Resolves once the caller was heard and has said nothing for a second. */
  heardOut(): Promise<void>;
  /** Presses keys, by telephone-events or INFO. */
  press(keys: string, signalling: Exclude<KeySignalling, 'in-band'>): void;
  /** BYE. */
  hangUp(): void;
}

/** A script for one call. When it returns the call goes on, until the caller ends it. */
export type Behaviour = (handset: Handset) => Promise<void>;

const ANSWER_AFTER = 1000;

async function talk(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(ANSWER_AFTER);
  await handset.answer();
  handset.speak();
}

async function hangUp(handset: Handset): Promise<void> {
  await talk(handset);
  await handset.wait(3000);
  handset.hangUp();
}

async function answerLate(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(8000);
  await handset.answer();
  handset.speak();
}

async function silent(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(ANSWER_AFTER);
  await handset.answer();
}

async function noAnswer(handset: Handset): Promise<void> {
  handset.ring();
}

async function reject(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(2000);
  handset.refuse(603);
}

async function earlyMedia(handset: Handset): Promise<void> {
  await handset.openEarlyMedia();
  handset.play(ringBackTone());
  await handset.wait(3000);
  await handset.answer();
  handset.speak();
}

async function failureAnnouncement(handset: Handset): Promise<void> {
  const cause: FailureCause = { q850: 19, text: 'no answer from user' };
  await handset.openEarlyMedia(cause);
  handset.play(specialInformationTone());
  await handset.wait(4000);
  handset.refuse(480, cause);
}

async function noResponse(): Promise<void> {
  // The transaction says 100 by itself (RFC 3261 17.2.1); nobody says more.
}

/** Hears the caller out and presses `keys`, once. */
function presses(keys: string, signalling: KeySignalling): Behaviour {
  return async (handset) => {
    handset.ring();
    await handset.wait(ANSWER_AFTER);
    if (signalling !== 'telephone-event') handset.refuseTelephoneEvents();
    await handset.answer();
    await handset.heardOut();
    if (signalling !== 'in-band') return handset.press(keys, signalling);
    await handset.say(sequence(...[...keys].flatMap((key) => [dtmfTone(key), silence(100)])));
  };
}

/** Syllables without words, as long as people and machines speak; not one of the notes of a handset. */
function syllables(count: number): Int16Array {
  return sequence(
    ...Array.from({ length: count }, (_, index) =>
      sequence(tone([180 + 40 * (index % 3), 720 + 90 * (index % 4), 2400], 170), silence(50)),
    ),
  );
}

/** A greeting of some five seconds, a beep, and a message that is recorded for as long as the caller speaks. */
async function voicemail(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(3000);
  await handset.answer();
  await handset.wait(300);
  await handset.say(sequence(syllables(22), silence(400), tone([1000], 600)));
}

/** Says hello and waits for the caller to speak. */
async function person(handset: Handset): Promise<void> {
  handset.ring();
  await handset.wait(2000);
  await handset.answer();
  await handset.wait(400);
  await handset.say(syllables(3));
}

function refuses(status: number, cause?: FailureCause): Behaviour {
  return async (handset) => handset.refuse(status, cause);
}

/** The behaviours by the names that the directory uses. */
export const behaviours = {
  talk,
  busy: refuses(486),
  'no-answer': noAnswer,
  reject,
  unreachable: refuses(480),
  unallocated: refuses(404, { q850: 1, text: 'unallocated number' }),
  'hang-up': hangUp,
  'answer-late': answerLate,
  silent,
  'powered-off': refuses(480, { q850: 20, text: 'subscriber absent' }),
  'early-media': earlyMedia,
  'failure-announcement': failureAnnouncement,
  'no-response': noResponse,
  'network-failure': refuses(503),
  'press-1': presses('1', 'telephone-event'),
  'press-37': presses('37#', 'telephone-event'),
  'press-37-by-info': presses('37#', 'info'),
  'press-37-in-band': presses('37#', 'in-band'),
  voicemail,
  person,
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof behaviours;
