import { afterEach, describe, expect, it } from 'vitest';
import type { LegEnd, LegListener, Telephony, TrunkAttempt } from '../../src/call/ports.ts';
import { MediaPool } from '../../src/telephony/media/media-pool.ts';
import { SipEndpoint } from '../../src/telephony/sip-endpoint.ts';
import { SipTelephony } from '../../src/telephony/sip-telephony.ts';
import { plainTrunk, type Trunk } from '../../src/telephony/trunk.ts';
import { NodeNames } from '../../src/telephony/trunks/names.ts';
import { Trunks } from '../../src/telephony/trunks/trunks.ts';
import type { Carrier, CarrierReply } from '../support/carrier.ts';
import { Inbox } from '../support/inbox.ts';
import { eventually, freePort } from '../support/peer-process.ts';

export interface TrunkContractOptions {
  readonly open: (reply: CarrierReply) => Promise<Carrier>;
  /** PEM certificates that vouch for the carrier. */
  readonly authorities?: readonly string[];
}

const credentials = { username: 'acme', password: 'secret' };
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

/** Takes every call. */
export const takes: CarrierReply = (request, carrier) => {
  if (request.method === 'ACK') return [];
  return [request.method === 'INVITE' ? carrier.answer(request) : carrier.respond(request, 200)];
};

/** What every trunk does for the domain, whichever transport it has: the `Telephony` port with a carrier behind it. */
export function trunkContract({ open, authorities }: TrunkContractOptions): void {
  let parts = new AsyncDisposableStack();
  afterEach(async () => {
    await parts.disposeAsync();
    parts = new AsyncDisposableStack();
  });

  async function start(reply: CarrierReply, changed: Partial<Trunk> = {}) {
    const carrier = parts.use(await open(reply));
    const first = await freePort('127.0.0.1', 20);
    const media = await MediaPool.start({
      host: '127.0.0.1',
      firstPort: first,
      lastPort: first + 19,
      workers: 1,
    });
    parts.adopt(media, (pool) => pool.close());
    const endpoint = await SipEndpoint.start({
      listen: { host: '127.0.0.1', port: 0 },
      userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse' },
      authorities,
    });
    parts.adopt(endpoint, (started) => started.close());
    const random = { integer: () => 0 };
    const clock = { now: () => performance.now(), after: () => () => {} };
    const trunks = new Trunks({ endpoint, names: new NodeNames(), clock, random, log: silentLog });
    const { transport } = carrier;
    trunks.apply([
      plainTrunk(
        'carrier',
        { host: '127.0.0.1', port: carrier.port },
        { transport, credentials, ...changed },
      ),
    ]);
    const telephony = new SipTelephony({
      endpoint,
      media,
      trunks,
      recordingLayout: 'mixed',
      random,
      log: silentLog,
    });
    return { carrier, telephony, trunks };
  }

  function dial(telephony: Telephony) {
    const story = new Inbox<string>();
    const attempts: TrunkAttempt[] = [];
    const ends: LegEnd[] = [];
    const traces: string[] = [];
    const listener: LegListener = {
      attempted: (attempt) => void attempts.push(attempt),
      dialled: (_callId, step) => {
        if (step) traces.push(step.trace);
        story.push('dialled');
        step?.take();
      },
      ringing: () => story.push('ringing'),
      earlyMedia: () => {},
      failureAnnouncement: () => {},
      answered: (step) => {
        if (step) traces.push(step.trace);
        story.push('answered');
        step?.take();
      },
      ended: (end) => {
        ends.push(end);
        story.push('ended');
      },
    };
    const request = { sessionId: 's', party: 'A', display: '+8675528000001', to: '+8613500000001' } as const;
    const leg = telephony.dial({ ...request, route: 'default' }, listener);
    return { leg, story, attempts, ends, traces };
  }

  const methods = ({ heard }: Carrier): string[] => heard.map(({ method }) => method);

  describe('a trunk', () => {
    it('carries a call from INVITE to BYE, on one connection where it has any', async () => {
      const { carrier, telephony } = await start(takes);
      const { leg, story, attempts, ends } = dial(telephony);
      expect([await story.next(), await story.next()]).toEqual(['dialled', 'answered']);
      leg.hangUp({ q850: 16 });
      await eventually(async () => methods(carrier).includes('BYE'), 'the BYE arrives');
      expect(methods(carrier)).toEqual(['INVITE', 'ACK', 'BYE']);
      expect(carrier.heard.map(({ via }) => via.transport)).toEqual(
        Array.from({ length: 3 }, () => carrier.transport),
      );
      expect(carrier.connections).toBe(carrier.transport === 'UDP' ? 0 : 1);
      const gateway = `${carrier.transport.toLowerCase()}:127.0.0.1:${carrier.port}`;
      expect(attempts).toEqual([{ trunk: 'carrier', gateway, result: 'answered' }]);
      expect(ends).toEqual([{ kind: 'local-hangup' }]);
    });

    it('tells a refusal with its causes', async () => {
      const { telephony } = await start((request, carrier) => {
        if (request.method === 'ACK') return [];
        const response = carrier.respond(request, 486);
        response.headers.set('Reason', 'Q.850;cause=17');
        return [response];
      });
      const { story, attempts, ends } = dial(telephony);
      expect([await story.next(), await story.next()]).toEqual(['dialled', 'ended']);
      expect(attempts).toMatchObject([{ result: 'refused', sipStatus: 486, q850: 17 }]);
      expect(ends).toMatchObject([{ kind: 'failed', cause: { sipStatus: 486, q850: 17 } }]);
    });

    it('proves who we are when it is asked', async () => {
      const { carrier, telephony } = await start((request, self) => {
        if (request.method === 'ACK') return [];
        if (request.headers.has('Authorization')) return takes(request, self);
        const response = self.respond(request, 401);
        response.headers.set('WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth"');
        return [response];
      });
      const { leg, story } = dial(telephony);
      expect([await story.next(), await story.next(), await story.next()]).toEqual([
        'dialled',
        'dialled',
        'answered',
      ]);
      leg.hangUp({ q850: 16 });
      await eventually(async () => methods(carrier).includes('BYE'), 'the BYE arrives');
    });

    it('rids the carrier of a leg that another process left, with the credentials of its trunk', async () => {
      let isStrict = false;
      const { carrier, telephony } = await start((request, self) => {
        if (!isStrict || request.method === 'ACK' || request.headers.has('Proxy-Authorization'))
          return takes(request, self);
        const response = self.respond(request, 407);
        response.headers.set('Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"');
        return [response];
      });
      const { story, traces } = dial(telephony);
      expect([await story.next(), await story.next()]).toEqual(['dialled', 'answered']);
      isStrict = true;
      await telephony.release(traces.at(-1) ?? '', 's');
      const byes = carrier.heard.filter(({ method }) => method === 'BYE');
      expect(byes.map(({ headers }) => headers.has('Proxy-Authorization'))).toEqual([false, true]);
    });

    it('gives its place back, whether the call was answered or not', async () => {
      const { telephony, trunks } = await start(takes, { maxCalls: 1 });
      const first = dial(telephony);
      expect([await first.story.next(), await first.story.next()]).toEqual(['dialled', 'answered']);
      const second = dial(telephony);
      expect(await second.story.next()).toBe('ended');
      expect(second.ends).toEqual([{ kind: 'failed', cause: {}, local: 'trunk-busy' }]);
      expect(second.attempts).toEqual([{ trunk: 'carrier', result: 'full' }]);
      first.leg.hangUp({ q850: 16 });
      const third = dial(telephony);
      expect([await third.story.next(), await third.story.next()]).toEqual(['dialled', 'answered']);
      third.leg.hangUp({ q850: 16 });
      expect(trunks.status()).toMatchObject([{ running: 0, counts: { attempts: 2, answered: 2, full: 1 } }]);
    });
  });
}
