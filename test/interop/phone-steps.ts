/** What phones played by SIPp do, step by step; a phone is a list of these. */
import {
  expectCall,
  expectRequest,
  expectResponse,
  type Having,
  type MessageOptions,
  pause,
  pressKey,
  request,
  respond,
  respondInDialog,
  respondToInvite,
  sdp,
  type SdpOptions,
  type Step,
  stream,
} from '../support/sipp.ts';

/** Is called and rings, as many milliseconds as this at least. Must be over when the platform gives up. */
export const rings = (milliseconds = 0): Step[] => [
  expectCall(),
  respond('180 Ringing'),
  ...(milliseconds > 0 ? [pause(milliseconds)] : []),
];

/** Takes the call. */
export const answers = (description: SdpOptions = {}, headers: readonly string[] = []): Step[] => [
  respondToInvite('200 OK', { body: sdp(description), headers }),
  expectRequest('ACK'),
];

/** Rings, takes the call and talks: a tone, streamed from a file. */
export const talks = (tone: string, description: SdpOptions = {}): Step[] => [
  ...rings(100),
  ...answers(description),
  stream(tone, description.codecs?.[0]),
];

/** Refuses the call. */
export const refuses = (status: string, options: MessageOptions = {}): Step[] => [
  respondToInvite(status, options),
  expectRequest('ACK'),
];

/** Hears that the caller gave up. */
export const isCancelled = (having: Having = {}): Step[] => [
  expectRequest('CANCEL', { having }),
  respond('200 OK'),
  ...refuses('487 Request Terminated'),
];

/** Talks on until the platform hangs up. */
export const isHungUp = (having: Having = {}): Step[] => [
  expectRequest('BYE', { having }),
  respondInDialog('200 OK'),
];

/** Hangs up after a while. `cseq` is one more than that of its last request in the dialog. */
export const hangsUp = (milliseconds = 500, options: MessageOptions & { cseq?: number } = {}): Step[] => [
  pause(milliseconds),
  request('BYE', options),
  expectResponse(200),
];

/** Presses keys, one after the other. Its media come from the `media_port`. */
export const presses = (keys: string): Step[] => [...keys].flatMap((key) => [pause(300), pressKey(key)]);

/** What phones say of a key in a SIP INFO, which no RFC describes. */
const infoBodies = {
  'application/dtmf-relay': (key: string) => `Signal=${key}\nDuration=160\n`,
  'application/dtmf': (key: string) => key,
} as const;

/** Presses keys by requests that tell of them (SIP INFO), as phones do that know no telephone-events. */
export const pressesByInfo = (
  keys: string,
  contentType: keyof typeof infoBodies = 'application/dtmf-relay',
): Step[] =>
  [...keys].flatMap((key, index) => [
    pause(300),
    request('INFO', { cseq: index + 1, contentType, body: infoBodies[contentType](key) }),
    expectResponse(200),
  ]);
