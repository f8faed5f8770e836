import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SdpNegotiationError, SdpParseError } from '../../../src/sdp/errors.ts';
import { OfferAnswer } from '../../../src/sdp/offer-answer.ts';

/** What each file of this folder does when it arrives as an offer: our side of the agreement, or the refusal. */
const verdicts: Readonly<Record<string, string>> = {
  'asterisk-offer': 'PCMA to 198.51.100.7:16102, events 101, sendrecv',
  'ims-core-offer-amr-first': 'PCMA to 198.51.100.7:21454, events 100, sendrecv',
  'browser-offer-dtls-srtp': 'no-audio',
  'old-hold-by-unspecified-address': 'PCMA to 0.0.0.0:4000, recvonly',
  'fax-switch-t38-only': 'no-audio',
  'fax-switch-audio-closed': 'no-audio',
  'bare-lf-and-trailing-blank-lines': 'PCMA to 198.51.100.7:4000, sendrecv',
  'origin-with-telephone-number': 'PCMU to 198.51.100.7:4000, sendrecv',
  'payload-type-listed-twice': 'PCMA to 198.51.100.7:4000, events 101, sendrecv',
  'session-version-of-thirty-digits': 'PCMA to 198.51.100.7:4000, sendrecv',
  empty: 'malformed at line 1',
  'only-nul-bytes': 'malformed at line 1',
  'utf-16': 'malformed at line 1',
  'byte-order-mark': 'PCMA to 198.51.100.7:4000, sendrecv', // TextDecoder drops it, as the SIP layer's does
  'invalid-utf-8-in-title': 'PCMA to 198.51.100.7:4000, sendrecv',
  'truncated-in-media-line': 'malformed at line 6',
  'port-beyond-sixteen-bits': 'malformed at line 6',
  'port-in-hexadecimal': 'malformed at line 6',
  'payload-type-beyond-seven-bits': 'malformed at line 6',
  'rtpmap-rate-of-two-thousand-digits': 'malformed at line 7',
  'host-with-shell-characters': 'malformed at line 7',
  'host-with-percent-zone': 'malformed at line 7',
  'multicast-amplification': 'no-audio',
  'broadcast-amplification': 'no-audio',
  'telephone-event-range-without-end': 'PCMA to 198.51.100.7:4000, events 101, sendrecv',
  'hundred-media-lines': 'malformed at line 22',
  'hundred-formats': 'malformed at line 6',
  'four-thousand-short-lines': 'malformed at line 0',
  'line-of-hundred-kilobytes': 'malformed at line 0',
  'spaces-without-end': 'PCMA to 198.51.100.7:4000, sendrecv',
  'colons-for-an-address': 'malformed at line 7',
  'prototype-names': 'no-common-codec',
};

function verdictOn(offer: string): string {
  const negotiation = new OfferAnswer({ local: { host: '192.0.2.1', port: 4000 }, sessionId: '1' });
  try {
    const { remote, codec, telephoneEvent, direction } = negotiation.receiveOffer(offer).agreed;
    const events = telephoneEvent === undefined ? '' : `, events ${telephoneEvent.send}`;
    return `${codec} to ${remote.host}:${remote.port}${events}, ${direction}`;
  } catch (error) {
    if (error instanceof SdpParseError) return `malformed at line ${error.line}`;
    if (error instanceof SdpNegotiationError) return error.reason;
    throw error;
  }
}

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.sdp'));

test('every file has a verdict and every verdict a file', () => {
  expect(files.map((file) => file.slice(0, -'.sdp'.length)).sort()).toEqual(Object.keys(verdicts).sort());
});

test.each(files)('%s', (file) => {
  const offer = new TextDecoder().decode(readFileSync(`${import.meta.dirname}/${file}`));
  expect(verdictOn(offer)).toBe(verdicts[file.slice(0, -'.sdp'.length)]);
});
