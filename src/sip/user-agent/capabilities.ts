import type { SipMessage } from '../message/message.ts';

/** Methods this agent takes, in every Allow (RFC 3261 20.5). */
export const allowedMethods: readonly string[] = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'UPDATE',
  'INFO',
  'PRACK',
];

/** Methods we know and do not take: 405; of any other name: 501 (RFC 3261 8.2.1, 21.4.6, 21.5.2). */
export const knownMethods: readonly string[] = [
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'MESSAGE',
  'REFER',
  'PUBLISH',
];

/** Option tags in every Supported: RFC 3262 and RFC 4028. */
export const supportedExtensions: readonly string[] = ['100rel', 'timer'];

/** Bodies taken in INVITE, UPDATE, PRACK and ACK; multipart as far as a part is SDP (RFC 5621 3.1). */
export const sessionBodies: readonly string[] = ['application/sdp', 'multipart/mixed'];

/** Bodies taken in INFO: the two forms of a key in use, neither of which is an info package (RFC 6086 2). */
export const infoBodies: readonly string[] = ['application/dtmf-relay', 'application/dtmf'];

export const allow: string = allowedMethods.join(', ');
export const supported: string = supportedExtensions.join(', ');

/** What the answer to OPTIONS says (RFC 3261 11.2). */
export function writeCapabilities(message: SipMessage): void {
  message.headers.set('Allow', allow);
  message.headers.set('Supported', supported);
  message.headers.set('Accept', sessionBodies.join(', '));
  message.headers.set('Accept-Encoding', 'identity');
}
