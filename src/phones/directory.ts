import type { BehaviourName } from './behaviours.ts';

/** A number of the sandbox and what happens to who calls it. */
export interface DirectoryEntry {
  /** E.164 with plus sign. */
  readonly number: string;
  readonly behaviour: BehaviourName;
  /** One line for people. */
  readonly shows: string;
}

/** The numbers of the sandbox. Any other number answers after a second and talks, like the first two. */
export const directory: readonly DirectoryEntry[] = [
  {
    number: '+8613500000001',
    behaviour: 'talk',
    shows: 'rings, answers after 1 s and talks in its own two notes',
  },
  {
    number: '+8613500000002',
    behaviour: 'talk',
    shows: 'the same with other notes: somebody to be connected with',
  },
  { number: '+8613500000010', behaviour: 'busy', shows: 'busy at once: 486' },
  { number: '+8613500000011', behaviour: 'no-answer', shows: 'rings and nobody answers' },
  { number: '+8613500000012', behaviour: 'reject', shows: 'rings, is rejected after 2 s: 603' },
  { number: '+8613500000013', behaviour: 'unreachable', shows: 'not reachable: 480' },
  { number: '+8613500000014', behaviour: 'unallocated', shows: 'a number nobody has: 404, Q.850 cause 1' },
  { number: '+8613500000015', behaviour: 'hang-up', shows: 'answers, talks and hangs up after 3 s' },
  { number: '+8613500000016', behaviour: 'answer-late', shows: 'rings for 8 s before it answers and talks' },
  { number: '+8613500000017', behaviour: 'silent', shows: 'answers and sends silence' },
  { number: '+8613500000018', behaviour: 'powered-off', shows: 'switched off: 480, Q.850 cause 20' },
  {
    number: '+8613500000019',
    behaviour: 'early-media',
    shows: 'ring-back tone as early media (183), answers after 3 s and talks',
  },
  {
    number: '+8613500000020',
    behaviour: 'failure-announcement',
    shows: 'announces a failure as early media (183 with a Reason), then 480, Q.850 cause 19',
  },
  {
    number: '+8613500000021',
    behaviour: 'no-response',
    shows: 'the network takes the call (100) and nothing follows',
  },
  { number: '+8613500000022', behaviour: 'network-failure', shows: 'the network fails: 503' },
  {
    number: '+8613500000030',
    behaviour: 'press-1',
    shows: 'answers, hears the caller out and presses 1 (telephone-events)',
  },
  { number: '+8613500000031', behaviour: 'press-37', shows: 'the same with 37#' },
  {
    number: '+8613500000032',
    behaviour: 'press-37-by-info',
    shows: '37# by SIP INFO, from a phone that knows no telephone-events',
  },
  {
    number: '+8613500000033',
    behaviour: 'press-37-in-band',
    shows: '37# as tones in the audio, from a phone that knows no telephone-events',
  },
  {
    number: '+8613500000034',
    behaviour: 'voicemail',
    shows: 'a voicemail: answers after 3 s, greets for 5 s, beeps and records',
  },
  {
    number: '+8613500000035',
    behaviour: 'person',
    shows: 'a person: answers after 2 s, says hello and listens',
  },
];

const byDigits = new Map(directory.map((entry) => [digitsOf(entry.number), entry.behaviour]));

/** A number without its plus sign. */
export function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, '');
}

/** What the handset of `number` does; written with or without a plus sign. */
export function behaviourOf(number: string): BehaviourName {
  return byDigits.get(digitsOf(number)) ?? 'talk';
}
