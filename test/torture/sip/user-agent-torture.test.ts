import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/sip/flow.ts';
import type { SipResponse } from '../../../src/sip/message/message.ts';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { serializeMessage } from '../../../src/sip/message/serialize.ts';
import { SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import type { IncomingSession } from '../../../src/sip/user-agent/incoming-session.ts';
import { UserAgent } from '../../../src/sip/user-agent/user-agent.ts';
import { idle } from '../../virtual-network/call-party.ts';
import { SeededRandom } from '../../virtual-network/seeded-random.ts';
import { archived, type Folder, namesIn, onTheWire } from './archive.ts';
import { allows, verdicts } from './verdicts.ts';

/** What a user agent answers at once: one that `takes` calls, and one that `refuses` strangers without keeping anything. */
interface Answers {
  readonly takes: number | 'nothing' | 'rings';
  readonly refuses: number | 'nothing';
  /** What the answer must say of the reason. */
  readonly saying?: Readonly<Record<string, string>>;
}

const both = (status: number | 'nothing', saying?: Answers['saying']): Answers => ({
  takes: status,
  refuses: status,
  ...(saying === undefined ? {} : { saying }),
});

/** An INVITE with nothing wrong: it rings, or is refused because strangers are. */
const invitation: Answers = { takes: 'rings', refuses: 403 };
const badRequest = both(400);
const notTaken = both(405, { Allow: 'INVITE' });

const rfc4475: Readonly<Record<string, Answers>> = {
  // Its To has a tag, of a dialog that we do not know.
  wsinv: both(481),
  intmeth: both(501, { Allow: 'INVITE' }),
  esc01: invitation,
  // The registrar's part of these is not ours: we are none.
  escnull: notTaken,
  esc02: both(501, { Allow: 'INVITE' }),
  lwsdisp: both(200),
  longreq: invitation,
  dblreq: notTaken,
  semiuri: both(200),
  transports: both(200),
  mpart01: notTaken,
  unreason: both('nothing'),
  noreason: both('nothing'),
  badinv01: badRequest,
  clerr: badRequest,
  ncl: badRequest,
  scalar02: badRequest,
  scalarlg: both('nothing'),
  quotbal: badRequest,
  ltgtruri: badRequest,
  lwsruri: badRequest,
  lwsstart: badRequest,
  trws: badRequest,
  escruri: badRequest,
  baddate: invitation,
  regbadct: badRequest,
  badaspec: badRequest,
  baddn: badRequest,
  badvers: both(505),
  mismatch01: badRequest,
  mismatch02: badRequest,
  bigcode: both('nothing'),
  badbranch: both(200),
  // Without From, To and Call-ID there is no response that would be one (RFC 3261 8.2.6.2).
  insuf: both('nothing'),
  unkscm: both(416),
  novelsc: both(416),
  unksm2: notTaken,
  bext01: both(420, { Unsupported: 'nothingsupportsthis, nothingsupportsthiseither' }),
  invut: { takes: 415, refuses: 403 },
  regaut01: notTaken,
  multi01: badRequest,
  mcl01: badRequest,
  bcast: both('nothing'),
  // RFC 4475 3.3.11: Max-Forwards is a proxy's matter; who is asked himself answers.
  zeromf: both(200),
  cparam01: notTaken,
  cparam02: notTaken,
  regescrt: notTaken,
  // It accepts no SDP, which an answer would have to be.
  sdp01: { takes: 406, refuses: 403 },
  inv2543: { takes: 400, refuses: 403 },
  test: both('nothing'),
};

const rfc5118: Readonly<Record<string, Answers>> = {
  'ipv6-good': notTaken,
  'ipv6-bad': badRequest,
  'port-ambiguous': notTaken,
  'port-unambiguous': notTaken,
  'via-received-param-with-delim': both(481),
  'via-received-param-no-delim': both(200),
  'ipv6-in-sdp': invitation,
  'mult-ip-in-header': both(481),
  'mult-ip-in-sdp': invitation,
  'ipv4-mapped-ipv6': invitation,
  'ipv6-bug-abnf-3-colons': both(200),
  'ipv6-correct-abnf-2-colons': both(200),
};

const source: Flow = { transport: 'UDP', host: '198.51.100.7', port: 5_099 };

/** An agent, and what it said to a message. */
class Asked {
  readonly agent: UserAgent;
  readonly responses: SipResponse[] = [];
  readonly sessions: IncomingSession[] = [];

  constructor(inbound: 'accept' | 'refuse') {
    this.agent = new UserAgent({
      product: 'Torture/1',
      inbound,
      redirects: 'refuse',
      random: new SeededRandom(1),
      address: () => ({ host: '203.0.113.1', port: 5_060 }),
    });
  }

  hears(bytes: Uint8Array): void {
    try {
      this.agent.receive(parseMessage(bytes), source, 0);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.agent.refuse(error, source, 0);
    }
    this.#drain();
  }

  /** The owner is busy. */
  refuses(session: IncomingSession): void {
    session.reject(486, 0);
    this.#drain();
  }

  /** Lets all time pass. */
  waits(): void {
    for (let wakes = 0; this.agent.deadline < Infinity; wakes += 1) {
      if (wakes > 1_000) throw new Error('the agent never comes to rest');
      this.agent.wake(this.agent.deadline);
      this.#drain();
    }
  }

  #drain(): void {
    for (let output = this.agent.poll(); output !== undefined; output = this.agent.poll()) {
      if (output.kind === 'incoming') this.sessions.push(output.session);
      if (output.kind !== 'send' || output.message.kind !== 'response') continue;
      // To where it came from, whatever its Via says of its sender.
      expect(output.to.host).toBe(source.host);
      this.responses.push(output.message);
    }
  }
}

const tables: Readonly<Record<Folder, Readonly<Record<string, Answers>>>> = { rfc4475, rfc5118 };

const cases = (['rfc4475', 'rfc5118'] as const).flatMap((folder) =>
  (['takes', 'refuses'] as const).map((kind) => ({ folder, kind })),
);

describe.each(cases)('an agent that $kind calls hears $folder', ({ folder, kind }) => {
  const table = tables[folder];

  it('in every file', () => {
    expect(namesIn(folder)).toEqual(Object.keys(table).sort());
  });

  it.each(Object.entries(table))('%s', (name, answers) => {
    const asked = new Asked(kind === 'takes' ? 'accept' : 'refuse');
    const bytes = onTheWire(folder, name);
    asked.hears(bytes);
    const rings = answers[kind] === 'rings';
    expect(asked.sessions).toHaveLength(rings ? 1 : 0);
    for (const session of asked.sessions) asked.refuses(session);
    const expected = rings ? [486] : [answers[kind]].filter((answer) => answer !== 'nothing');
    const statuses = asked.responses.map(({ status }) => status);
    expect(statuses).toEqual(expected);
    expect(statuses.every((status) => allows(verdicts[folder][name]!, status))).toBe(true);
    if (statuses.length === 0) expect(allows(verdicts[folder][name]!, 'none')).toBe(true);
    for (const response of asked.responses) {
      for (const [header, text] of Object.entries(answers.saying ?? {})) {
        expect(response.headers.get(header)).toContain(text);
      }
      if (response.status >= 400) expect(response.reason).not.toBe('');
      expect(serializeMessage(response).length).toBeLessThan(bytes.length + 600);
    }
    asked.waits();
    expect(asked.agent.load).toEqual(idle);
  });

  it.each(namesIn(folder))('%s, byte for byte as archived, and keeps nothing of it', (name) => {
    const asked = new Asked(kind === 'takes' ? 'accept' : 'refuse');
    asked.hears(archived(folder, name));
    expect(asked.responses.length).toBeLessThanOrEqual(1);
    for (const session of asked.sessions) asked.refuses(session);
    asked.waits();
    expect(asked.agent.load).toEqual(idle);
  });
});
