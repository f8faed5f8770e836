import assert from 'node:assert/strict';
import type { Flow } from '../../../src/sip/flow.ts';
import type { SipRequest } from '../../../src/sip/message/message.ts';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { serializeMessage } from '../../../src/sip/message/serialize.ts';
import { SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import type { IncomingSession } from '../../../src/sip/user-agent/incoming-session.ts';
import type { InviteSession } from '../../../src/sip/user-agent/invite-session.ts';
import type { SessionEvent } from '../../../src/sip/user-agent/session-event.ts';
import { UserAgent, type UserAgentOutput } from '../../../src/sip/user-agent/user-agent.ts';
import { idle } from '../../virtual-network/call-party.ts';
import { SeededRandom } from '../../virtual-network/seeded-random.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { sipWords } from './sip.ts';

const trunk: Flow = { transport: 'UDP', host: '192.0.2.2', port: 5_060 };
/** Times that a timer may fire, by which all of them have come to an end. */
const mostWakes = 20_000;
/** Between two messages, ms; an empty one lets this pass ten times. */
const pause = 400;

/** Ends every message of an input but the last. */
const separator = '\n====\n';

/**
 * An agent that has dialled, takes calls, and says yes to whatever it is offered. The messages of an input come to it one
 * after the other; in them `%B`, `%I`, `%T` and `%Q` stand for Via, Call-ID, our tag and CSeq number of the request it
 * has sent last, which a stranger would not know and a trunk does.
 */
class Conversation {
  readonly #agent: UserAgent;
  readonly #sessions = new Set<InviteSession>();
  #now = 0;
  #last: SipRequest | undefined;

  constructor() {
    this.#agent = new UserAgent({
      product: 'Fuzz/1',
      inbound: 'accept',
      redirects: 'follow',
      random: new SeededRandom(1),
      sessionTimer: { expires: 1_800, minimum: 90 },
      address: () => ({ host: '192.0.2.1', port: 5_060 }),
    });
    const order = {
      requestUri: 'sip:bob@192.0.2.2',
      from: '<sip:alice@192.0.2.1>',
      to: '<sip:bob@192.0.2.2>',
      destination: trunk,
      offer: 'offer',
      credentials: { username: 'user', password: 'secret' },
    };
    this.#sessions.add(this.#agent.invite(order, 0));
    this.#drain();
  }

  hears(text: string): void {
    this.#passes(text === '' ? 10 * pause : pause);
    const bytes = Buffer.from(this.#filledIn(text), 'latin1');
    try {
      this.#agent.receive(parseMessage(bytes), trunk, this.#now);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#agent.refuse(error, trunk, this.#now);
    }
    this.#drain();
  }

  /** Everybody hangs up, and all that can still happen happens. */
  ends(): void {
    for (const session of this.#sessions) {
      session.hangUp(this.#now);
      this.#drain();
    }
    this.#passes(Infinity);
    assert.deepEqual(this.#agent.load, idle);
  }

  #filledIn(text: string): string {
    const request = this.#last;
    const values: Readonly<Record<string, string | undefined>> = {
      B: request?.headers.getAll('Via')[0],
      I: request?.callId,
      T: request?.from.tag,
      Q: String(request?.cseq.sequence ?? 1),
    };
    return text.replace(/%([BITQ])/g, (_all, name: string) => values[name] ?? '');
  }

  #passes(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (let wakes = 0; this.#agent.deadline <= until && this.#agent.deadline < Infinity; wakes += 1) {
      assert.ok(wakes < mostWakes, 'the agent never comes to rest');
      this.#now = Math.max(this.#now, this.#agent.deadline);
      this.#agent.wake(this.#now);
      this.#drain();
    }
    if (until < Infinity) this.#now = until;
  }

  #drain(): void {
    for (let output = this.#agent.poll(); output !== undefined; output = this.#agent.poll()) {
      this.#perform(output);
    }
  }

  #perform(output: UserAgentOutput): void {
    if (output.kind === 'incoming') this.#answers(output.session);
    else if (output.kind === 'event') this.#agrees(output.session, output.event);
    else {
      const { message } = output;
      // What we send of our own can be read by others of us; a refusal repeats what it refuses.
      if (message.kind === 'request' || message.status < 400) parseMessage(serializeMessage(message));
      if (message.kind === 'request' && message.method !== 'ACK') this.#last = message;
    }
  }

  #answers(session: IncomingSession): void {
    this.#sessions.add(session);
    session.progress(this.#now, 183, { sdp: 'early', reliable: true });
    session.answer('answer', this.#now);
  }

  #agrees(session: InviteSession, event: SessionEvent): void {
    if (event.kind === 'failed' || event.kind === 'ended') this.#sessions.delete(session);
    if (event.kind !== 'offer' && event.kind !== 'offerWanted') return;
    session.answerOffer('answer', this.#now);
  }
}

/** A response to the last request; `method` as in its CSeq. */
function response(status: string, method: string, headers: readonly string[] = [], body = ''): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [
    `SIP/2.0 ${status}`,
    'Via: %B',
    'From: <sip:alice@192.0.2.1>;tag=%T',
    'To: <sip:bob@192.0.2.2>;tag=far',
    'Call-ID: %I',
    `CSeq: %Q ${method}`,
    'Contact: <sip:bob@192.0.2.2:5060>',
    ...headers,
    ...type,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** A request of the far end within the call. */
function request(method: string, sequence: number, headers: readonly string[] = [], body = ''): string {
  return [
    `${method} sip:alice@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKfar${sequence}${method};rport`,
    'Max-Forwards: 70',
    'From: <sip:bob@192.0.2.2>;tag=far',
    'To: <sip:alice@192.0.2.1>;tag=%T',
    'Call-ID: %I',
    `CSeq: ${sequence} ${method}`,
    'Contact: <sip:bob@192.0.2.2:5060>',
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

const sdp = ['Content-Type: application/sdp'];
const answered = response('200 OK', 'INVITE', ['Session-Expires: 90;refresher=uas', 'Require: timer'], 'v=0');

const conversations: readonly (readonly string[])[] = [
  [response('180 Ringing', 'INVITE'), answered, request('BYE', 1)],
  [
    response('183 Early', 'INVITE', ['Require: 100rel', 'RSeq: 7'], 'v=0'),
    response('200 OK', 'PRACK'),
    answered,
  ],
  [answered, request('INVITE', 1, sdp, 'v=0'), request('ACK', 1), request('BYE', 2)],
  [answered, request('INVITE', 1), request('ACK', 1, sdp, 'v=0')],
  [answered, request('INVITE', 1, sdp, 'v=0'), request('CANCEL', 1)],
  [answered, request('UPDATE', 1, [...sdp, 'Session-Expires: 1800'], 'v=0'), '', '', ''],
  [answered, request('INFO', 1, ['Content-Type: application/dtmf-relay'], 'Signal=5\r\nDuration=160\r\n')],
  [answered, answered.replace('tag=far', 'tag=other'), request('OPTIONS', 3), request('REFER', 4)],
  [
    response('401 Unauthorized', 'INVITE', [
      'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int"',
    ]),
  ],
  [
    response('407 Proxy', 'INVITE', [
      'Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256-sess',
    ]),
    answered,
  ],
  [
    response('302 Moved', 'INVITE', [
      'Contact: <sip:x@192.0.2.9;transport=tcp>;q=0.5, <sip:y@192.0.2.2?a=b>',
    ]),
  ],
  [response('422 Too Small', 'INVITE', ['Min-SE: 3600']), answered],
  [
    response('486 Busy Here', 'INVITE', [
      'Reason: Q.850;cause=17;text="busy"',
      'Retry-After: 30 (soon);duration=9',
    ]),
  ],
  [response('491 Request Pending', 'INVITE'), response('503 Gone', 'INVITE'), response('999 What', 'INVITE')],
  [
    request('INVITE', 1, [...sdp, 'Supported: 100rel, timer'], 'v=0').replace(';tag=%T', ''),
    request('PRACK', 2, ['RAck: 1 1 INVITE']),
    request('CANCEL', 1).replace(';tag=%T', ''),
    request('ACK', 1),
  ],
  [request('OPTIONS', 1).replace(';tag=%T', ''), request('REGISTER', 2).replace(';tag=%T', ''), ''],
];

export const userAgentTarget: FuzzTarget = {
  name: 'sip-user-agent',
  sources: ['sip/user-agent/', 'sip/transaction/', 'sip/dialog', 'sip/digest', 'sip/session-timer'],
  seeds: conversations.map((messages) => Buffer.from(messages.join(separator), 'latin1')),
  words: [
    ...sipWords,
    separator,
    '%B',
    '%I',
    '%T',
    '%Q',
    ...conversations.flat().flatMap((text) => text.split(/(?<=\n)/)),
  ],
  longest: 8_192,
  run: (input) => {
    const conversation = new Conversation();
    for (const text of input.toString('latin1').split(separator, 40)) conversation.hears(text);
    conversation.ends();
  },
};
