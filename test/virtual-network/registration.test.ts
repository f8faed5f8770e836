import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestResponse } from '../../src/sip/digest.ts';
import { parseAuthHeader } from '../../src/sip/message/auth-header.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import type {
  Registration,
  RegistrationOptions,
  RegistrationState,
} from '../../src/sip/user-agent/registration.ts';
import { CallParty, flow } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { type LinkConditions, VirtualNetwork } from './virtual-network.ts';

const second = { host: '192.0.2.3', port: 5060 };
const credentials = { username: 'acme', password: 'secret' };

/** A registrar that challenges, checks the digest, and keeps bindings with their times. */
class Registrar {
  readonly script: CallScript;
  /** By contact: until when it is bound, ms. */
  readonly bindings = new Map<string, number>();
  readonly requests: SipRequest[] = [];
  minimum = 0;
  nonce = 'n1';
  /** Grants no more than this, s. */
  most = Infinity;
  /** Answers so instead, while it says something. */
  refusal: () => { status: number; headers?: [string, string][] } | undefined = () => undefined;

  constructor(network: VirtualNetwork, address = bobAddress) {
    this.script = new CallScript(network, address);
    this.script.onRequest = (transaction, request, now) => {
      this.requests.push(request);
      const respond = (status: number, headers: [string, string][] = []): void =>
        this.script.respond(transaction, status, { headers, noContact: true });
      const refusal = this.refusal();
      if (refusal !== undefined) return respond(refusal.status, refusal.headers);
      if (!isAuthorized(request, this.nonce))
        return respond(401, [['WWW-Authenticate', `Digest realm="pbx", nonce="${this.nonce}", qop="auth"`]]);
      const expires = Number(request.headers.get('Expires'));
      if (expires > 0 && expires < this.minimum) return respond(423, [['Min-Expires', String(this.minimum)]]);
      const granted = Math.min(expires, this.most);
      const [contact] = request.contacts;
      const uri = contact?.uri.toString() ?? '';
      if (granted === 0) this.bindings.delete(uri);
      else this.bindings.set(uri, now + granted * 1_000);
      const bound = [...this.bindings.keys()].map((key) => `<${key}>;expires=${granted}`);
      // Another device of the same account, whose time is not ours.
      respond(200, [['Contact', ['<sip:acme@198.51.100.9>;expires=7', ...bound].join(', ')]]);
    };
  }
}

function isAuthorized(request: SipRequest, nonce: string): boolean {
  const header = request.headers.get('Authorization');
  if (header === undefined) return false;
  const { parameters } = parseAuthHeader(header);
  const part = (name: string): string => parameters.get(name) ?? '';
  const expected = digestResponse({
    ...credentials,
    hash: 'md5',
    isSession: false,
    realm: 'pbx',
    nonce,
    qop: 'auth',
    cnonce: part('cnonce'),
    nc: part('nc'),
    method: 'REGISTER',
    uri: request.uri,
    body: new Uint8Array(),
  });
  return part('response') === expected;
}

function bench(changes: Partial<RegistrationOptions> = {}, link: Partial<LinkConditions> = {}, seed = 1) {
  const network = new VirtualNetwork({ seed, link });
  const alice = new CallParty(network, aliceAddress);
  const registrar = new Registrar(network);
  const states: string[] = [];
  const told = (state: RegistrationState, now: number): void => {
    const wait = state.kind === 'failed' ? ` ${state.status} for ${(state.retryAt - now) / 1_000}` : '';
    states.push(`${state.kind}${wait}`);
  };
  const registration: Registration = alice.agent.register(
    {
      registrar: 'sip:pbx.example',
      addressOfRecord: 'sip:acme@pbx.example',
      destinations: () => [flow(bobAddress)],
      credentials,
      expires: 600,
      onState: told,
      ...changes,
    },
    network.now,
  );
  const run = (until: number): void => network.run(until);
  return { network, alice, registrar, registration, states, run };
}

describe('a registration', () => {
  test('is made with digest, refreshed in time, and given back', () => {
    const { registrar, registration, states, run, network, alice } = bench();
    run(1_000);
    expect(states).toEqual(['trying', 'registered']);
    expect(registrar.bindings.get('sip:acme@192.0.2.1:5060')).toBeGreaterThan(600_000);
    const [first, second] = registrar.requests;
    expect(second?.headers.get('Call-ID')).toBe(first?.headers.get('Call-ID'));
    expect(second?.cseq.sequence).toBe(Number(first?.cseq.sequence) + 1);
    expect(first?.uri).toBe('sip:pbx.example');
    for (let time = 10_000; time < 3_600_000; time += 10_000) {
      run(time);
      expect([...registrar.bindings.values()].every((until) => until > time)).toBe(true);
    }
    // Each refresh sends the credentials along: no challenge between.
    expect(registrar.requests.length).toBe(2 + 7);
    registration.stop(network.now);
    run(Infinity);
    expect(registrar.bindings.size).toBe(0);
    expect(states.at(-1)).toBe('unregistered');
    expect(alice.agent.load.timers).toBe(0);
  });

  test('goes by what the registrar grants to its own contact, not to another one', () => {
    const { registrar, run } = bench({ expires: 3_600 });
    registrar.most = 120;
    run(1_000);
    expect(registrar.requests).toHaveLength(2);
    run(89_000);
    expect(registrar.requests).toHaveLength(2);
    run(92_000);
    expect(registrar.requests).toHaveLength(3);
  });

  test('asks for longer when 423 says so, and not for more than can be refreshed', () => {
    const { registrar, run, states } = bench({ expires: 60 });
    registrar.minimum = 900;
    run(1_000);
    expect(states).toEqual(['trying', 'registered']);
    expect(registrar.requests.at(-1)?.headers.get('Expires')).toBe('900');
    const greedy = bench({ expires: 60 });
    greedy.registrar.minimum = 4_000_000_000;
    greedy.run(1_000);
    expect(greedy.states.at(-1)).toMatch(/^failed 423 for /);
  });

  test('waits longer from failure to failure, by a random share less', () => {
    const { registrar, run, states } = bench();
    registrar.refusal = () => ({ status: 500 });
    run(5 * 3_600_000);
    const waits = states
      .filter((state) => state.startsWith('failed'))
      .map((state) => Number(state.split(' ').at(-1)));
    const bounds = [30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800];
    for (const [index, most] of bounds.entries()) {
      expect(waits[index]).toBeLessThanOrEqual(most);
      expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    }
    expect(new Set(waits.slice(6)).size).toBeGreaterThan(1);
    registrar.refusal = () => undefined;
    run(6 * 3_600_000);
    expect(states.at(-1)).toBe('registered');
  });

  test('honours Retry-After', () => {
    const { registrar, run, states } = bench();
    registrar.refusal = () => ({ status: 503, headers: [['Retry-After', '700 (maintenance)']] });
    run(1_000);
    expect(states.at(-1)).toBe('failed 503 for 700');
    const before = registrar.requests.length;
    run(699_000);
    expect(registrar.requests).toHaveLength(before);
  });

  test('does not insist on credentials that are refused', () => {
    const { run, states, registrar } = bench({ credentials: { ...credentials, password: 'wrong' } });
    run(1_000);
    expect(registrar.requests).toHaveLength(2);
    expect(states.at(-1)).toBe('failed 401 for 300');
  });

  test('moves on to the next server when one is silent, and stays there', () => {
    const { network, run, states } = bench({ destinations: () => [flow(bobAddress), flow(second)] });
    const other = new Registrar(network, second);
    network.detach(bobAddress);
    run(40_000);
    expect(states).toEqual(['trying', 'registered']);
    run(3_600_000);
    expect(other.bindings.size).toBe(1);
    expect(network.trace.filter(({ to, at }) => to.startsWith('192.0.2.2') && at > 40_000)).toEqual([]);
  });

  test('comes back when its name leads somewhere again', () => {
    let known = false;
    const { run, states } = bench({ destinations: () => (known ? [flow(bobAddress)] : []) });
    run(100);
    expect(states.at(-1)).toMatch(/^failed 503/);
    known = true;
    run(60_000);
    expect(states.at(-1)).toBe('registered');
  });

  test('tells when nothing of it can undo what another one does for the same contact', () => {
    const { network, registrar, registration, run } = bench();
    run(1_000);
    // The nonce has gone stale meanwhile: giving it back takes a challenge.
    registrar.nonce = 'n2';
    let goneAt: number | undefined;
    registration.stop(network.now, () => {
      goneAt = network.now;
      expect(registrar.bindings.size).toBe(0);
    });
    expect(goneAt).toBeUndefined();
    run(Infinity);
    expect(goneAt).toBeGreaterThan(1_000);
    const never = bench({ destinations: () => [] });
    never.run(10);
    let isGone = false;
    never.registration.stop(10, () => (isGone = true));
    expect(isGone).toBe(true);
  });

  test('that is stopped while it is asked for leaves nothing behind', () => {
    const { registrar, registration, run, alice } = bench();
    run(15);
    registration.stop(15);
    run(Infinity);
    expect(registrar.bindings.size).toBe(0);
    expect(alice.agent.load).toMatchObject({ requests: 0, timers: 0, transactions: 0 });
  });

  test('holds under loss, reordering and repetition, and ends without a trace', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.integer({ min: 1, max: 7_200_000 }),
        (seed, loss, duplication, stopAt) => {
          const link = { loss, duplication, latency: [5, 800] as const };
          const { network, registrar, registration, run, alice } = bench({}, link, seed);
          run(stopAt);
          network.link({ loss: 0, duplication: 0 });
          registration.stop(stopAt);
          run(Infinity);
          expect(registrar.bindings.size).toBe(0);
          expect(alice.agent.load).toMatchObject({ requests: 0, timers: 0, transactions: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });
});
