import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAuthHeader } from '../../../src/sip/message/auth-header.ts';
import {
  allowedMethods,
  optionTags,
  readContentDisposition,
  readExpires,
  readMinSe,
  readRAck,
  readRetryAfter,
  readRSeq,
  readSessionExpires,
} from '../../../src/sip/message/header-values.ts';
import type { SipMessage } from '../../../src/sip/message/message.ts';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { formatReason, parseReasons } from '../../../src/sip/message/reason.ts';
import { responseTo } from '../../../src/sip/message/response.ts';
import { serializeMessage } from '../../../src/sip/message/serialize.ts';
import { SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import { StreamFramer } from '../../../src/sip/message/stream-framer.ts';
import type { FuzzTarget } from '../engine/target.ts';

/** Every message of RFC 4475 and RFC 5118. */
export const tortureMessages: readonly Buffer[] = ['rfc4475', 'rfc5118'].flatMap((folder) => {
  const directory = new URL(`../../torture/sip/${folder}/`, import.meta.url);
  return readdirSync(directory)
    .sort()
    .map((name) => readFileSync(new URL(name, directory)));
});

/** Bytes that mean something in SIP, to be put where they do not belong. */
export const sipWords: readonly string[] = [
  '\r\n',
  '\r',
  '\n',
  '\r\n\r\n',
  '\r\n ',
  ' ',
  '\t',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  ':',
  '=',
  '@',
  '?',
  '%',
  '%00',
  '[',
  ']',
  '/',
  '\u0000',
  'é',
  '電',
  'sip:',
  'SIP/2.0',
  'Via:',
  'l: 0\r\n',
  'Content-Length: -1',
  '99999999999999999999',
  '(',
  '*',
  '#',
];

/** What `read` gives; undefined when it throws SipParseError. Anything else it throws breaks a promise. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/** Asks a message for everything it can say. */
function readEverything(message: SipMessage): void {
  const { headers } = message;
  const readers: (() => unknown)[] = [
    () => message.vias.map(String),
    () => message.contact?.toString(),
    () => message.contacts.map(String),
    () => message.recordRoutes.map(String),
    () => message.routes.map(String),
    () => message.contentType,
    () => message.text,
    () => optionTags(headers, 'Supported'),
    () => optionTags(headers, 'Require'),
    () => allowedMethods(headers),
    () => readSessionExpires(headers),
    () => readMinSe(headers),
    () => readExpires(headers),
    () => readRSeq(headers),
    () => readRAck(headers),
    () => readRetryAfter(headers),
    () => readContentDisposition(headers),
    () => parseReasons(headers.getAll('Reason')).map(formatReason),
    () => headers.getAll('Authorization').map(parseAuthHeader),
  ];
  for (const reader of readers) readable(reader);
}

/** The values that `parseMessage` promises to be readable. */
function promised(message: SipMessage) {
  const { via, from, to, callId, cseq, maxForwards } = message;
  const uri = message.kind === 'request' ? message.requestUri.toString() : message.status;
  return { via: via.toString(), from: from.toString(), to: to.toString(), callId, cseq, maxForwards, uri };
}

/** Parses any bytes and holds every message against the promises of the layer. */
export function checkSipMessage(bytes: Uint8Array): void {
  let message: SipMessage;
  try {
    message = parseMessage(bytes);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    if (error.partial === undefined) return;
    // Whatever is left to answer with, the answer is one message of which only copied headers may be unreadable.
    const answer = serializeMessage(responseTo(error.partial, error.status, { toTag: 'fuzz' }));
    const framed = new StreamFramer().push(answer);
    assert.equal(framed.length, 1);
    assert.notEqual(framed[0], 'ping');
    return;
  }
  readEverything(message);
  const again = parseMessage(serializeMessage(message));
  assert.deepEqual(promised(again), promised(message));
  assert.ok(Buffer.from(again.body).equals(message.body));
  const lines = (read: SipMessage) =>
    [...read.headers.entries()].filter(([name]) => !/^(content-length|l)$/i.test(name));
  assert.deepEqual(lines(again), lines(message));
}

/** A datagram. STUN and RTP are among the seeds: they share ports with SIP in careless networks; `media-port` has more. */
export const sipMessageTarget: FuzzTarget = {
  name: 'sip-message',
  sources: ['sip/message/'],
  seeds: [
    ...tortureMessages,
    Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex'),
    Buffer.from('8008000100000001000000015555', 'hex'),
    Buffer.from('\r\n\r\n'),
  ],
  words: sipWords,
  longest: 4_096,
  run: checkSipMessage,
};

/** The same bytes in pieces: the first says how long they are. */
export const sipStreamTarget: FuzzTarget = {
  name: 'sip-stream',
  sources: ['sip/message/stream-framer', 'sip/message/parse', 'sip/message/salvage'],
  seeds: tortureMessages.map((message) => Buffer.concat([Buffer.of(17), message, message])),
  words: [...sipWords, 'Content-Length: 5\r\n', 'l:0\r\n\r\n'],
  longest: 8_192,
  run: (input) => {
    const stream = input.subarray(1);
    const step = 1 + (input[0] ?? 0);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += step) pieces.push(stream.subarray(at, at + step));
    assert.deepEqual(framed(pieces), framed([stream]));
  },
};

/** A comparable form of what a framer gives for these chunks. */
export function framed(chunks: readonly Uint8Array[]) {
  const framer = new StreamFramer();
  const items = chunks.flatMap((chunk) => framer.push(chunk));
  const forms = items.map((item) => {
    if (item === 'ping') return item;
    return item instanceof SipParseError
      ? `${item.reason} ${item.message}`
      : serializeMessage(item).toString('latin1');
  });
  return { forms, pending: framer.pendingBytes, isPoisoned: framer.isPoisoned };
}
