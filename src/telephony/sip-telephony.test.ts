import { afterEach, expect, it } from 'vitest';
import { Inbox } from '../../test/support/inbox.ts';
import { eventually, freePort } from '../../test/support/peer-process.ts';
import { RawTrunk, type Reply } from '../../test/support/raw-trunk.ts';
import type { LegEnd, LegListener, TrunkAttempt } from '../call/ports.ts';
import type { Transport } from '../sip/flow.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { MediaPool } from './media/media-pool.ts';
import { SipEndpoint, type SipEndpointOptions } from './sip-endpoint.ts';
import type { SipLeg } from './sip-leg.ts';
import { SipTelephony } from './sip-telephony.ts';
import { plainTrunk } from './trunk.ts';
import { NodeNames } from './trunks/names.ts';
import { Trunks } from './trunks/trunks.ts';

let parts = new AsyncDisposableStack();

afterEach(async () => {
  await parts.disposeAsync();
  parts = new AsyncDisposableStack();
});

const audioAt = (port: number, version = 1): string =>
  `v=0\r\no=trunk 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\n`;

interface BenchOptions extends Pick<SipEndpointOptions, 'resolve' | 'clock'> {
  /** What the operator calls the trunk. */
  readonly host?: string;
  readonly transport?: Transport;
  /** Media ports to choose from, 2 a leg: more than are used, since another test may hold some. */
  readonly ports?: number;
}

/** Telephony and a trunk; `reply` is what is behind it. */
class Bench {
  readonly heard = new Inbox<string>();
  readonly logged: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  readonly ends: LegEnd[] = [];
  readonly attempts: TrunkAttempt[] = [];
  readonly trunk: RawTrunk;
  readonly media: MediaPool;
  readonly #telephony: SipTelephony;

  private constructor(trunk: RawTrunk, media: MediaPool, endpoint: SipEndpoint, options: BenchOptions) {
    const { host = '127.0.0.1', transport = 'UDP' } = options;
    this.trunk = trunk;
    this.media = media;
    const log = (level: string) => (fields: object, message: string) => {
      this.logged.push({ level, fields, message });
    };
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    const random = { integer: (below: number) => 4711 % below };
    const clock = { now: () => performance.now(), after: () => () => {} };
    const trunks = new Trunks({ endpoint, names: new NodeNames(), clock, random, log: logger });
    trunks.apply([plainTrunk('carrier', { host, port: trunk.port }, { transport })]);
    this.#telephony = new SipTelephony({
      endpoint,
      media,
      trunks,
      recordingLayout: 'mixed',
      random,
      log: logger,
    });
  }

  static async start(reply: Reply, options: BenchOptions = {}): Promise<Bench> {
    const trunk = parts.use(await RawTrunk.start(reply));
    const { ports = 20 } = options;
    const first = await freePort('127.0.0.1', ports);
    const media = await MediaPool.start({
      host: '127.0.0.1',
      firstPort: first,
      lastPort: first + ports - 1,
      workers: 1,
    });
    parts.adopt(media, (pool) => pool.close());
    const endpoint = await SipEndpoint.start({
      listen: { host: '127.0.0.1', port: 0 },
      userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse' },
      resolve: options.resolve,
      clock: options.clock,
    });
    parts.adopt(endpoint, (started) => started.close());
    return new Bench(trunk, media, endpoint, options);
  }

  dial(): SipLeg {
    const listener: LegListener = {
      attempted: (attempt) => void this.attempts.push(attempt),
      ringing: () => this.heard.push('ringing'),
      earlyMedia: () => this.heard.push('early media'),
      failureAnnouncement: () => this.heard.push('failure announcement'),
      dialled: (_callId, step) => step?.take(),
      answered: (step) => {
        this.heard.push('answered');
        step?.take();
      },
      ended: (end) => {
        this.ends.push(end);
        this.heard.push(`ended ${end.kind}`);
      },
    };
    const request = { sessionId: 's', party: 'A', display: '+1', to: '+2', route: 'default' } as const;
    return this.#telephony.dial(request, listener);
  }
}

/** What the trunk says to an INVITE, to our PRACK, and to our 200 to its UPDATE. */
interface Branch {
  readonly tag: string;
  readonly media: number;
}

function described(response: SipResponse, sdp: string, tag: string): SipResponse {
  response.headers.set('To', response.headers.get('To')!.replace(/;tag=.*/, `;tag=${tag}`));
  response.setBody('application/sdp', sdp);
  return response;
}

/** 183 that wants a PRACK, whose SDP is the answer. */
function reliable(invite: SipRequest, trunk: RawTrunk, { tag, media }: Branch): SipResponse {
  const response = described(trunk.respond(invite, 183), audioAt(media), tag);
  response.headers.set('Require', '100rel');
  response.headers.set('RSeq', '1');
  return response;
}

/** The trunk moves its early media. */
function update(invite: SipRequest, trunk: RawTrunk, { tag, media }: Branch): string {
  const body = audioAt(media, 2);
  const lines = [
    `UPDATE ${invite.contact!.uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${trunk.port};branch=z9hG4bKupdate`,
    'Max-Forwards: 70',
    `From: ${invite.headers.get('To')};tag=${tag}`,
    `To: ${invite.headers.get('From')}`,
    `Call-ID: ${invite.callId}`,
    'CSeq: 1 UPDATE',
    `Contact: <sip:127.0.0.1:${trunk.port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** 183, PRACK, UPDATE, and once that is answered what `answer` says. */
const early = (branch: Branch, moved: number, answer: Reply): Reply => {
  let invite: SipRequest | undefined;
  return (request, trunk) => {
    if (request.method === 'INVITE') {
      invite = request;
      return [reliable(request, trunk, branch)];
    }
    if (request.method === 'PRACK' && invite !== undefined)
      return [
        trunk.respond(request, 200),
        update(invite, trunk, { ...branch, media: moved }),
        ...answer(invite, trunk),
      ];
    return request.method === 'ACK' ? [] : [trunk.respond(request, 200)];
  };
};

it('is answered by a 200 without a description after an early UPDATE', async () => {
  const answer: Reply = (invite, trunk) => {
    const response = trunk.respond(invite, 200);
    response.headers.set('To', `${invite.headers.get('To')};tag=one`);
    return [response];
  };
  const bench = await Bench.start(early({ tag: 'one', media: 40_000 }, 40_010, answer));
  const leg = bench.dial();
  expect(await bench.heard.next()).toBe('answered');
  expect((await leg.stream?.statistics())?.destination).toEqual({ host: '127.0.0.1', port: 40_010 });
});

it('is not moved by a description in the 200 that comes too late', async () => {
  const answer: Reply = (invite, trunk) => [described(trunk.respond(invite, 200), audioAt(40_000), 'one')];
  const bench = await Bench.start(early({ tag: 'one', media: 40_000 }, 40_010, answer));
  const leg = bench.dial();
  expect(await bench.heard.next()).toBe('answered');
  expect((await leg.stream?.statistics())?.destination).toEqual({ host: '127.0.0.1', port: 40_010 });
  expect(bench.logged).toEqual([]);
});

it('talks to the branch that answers, whatever another agreed on before', async () => {
  const answer: Reply = (invite, trunk) => [described(trunk.respond(invite, 200), audioAt(40_020), 'two')];
  const bench = await Bench.start(early({ tag: 'one', media: 40_000 }, 40_010, answer));
  const leg = bench.dial();
  expect(await bench.heard.next()).toBe('answered');
  expect((await leg.stream?.statistics())?.destination).toEqual({ host: '127.0.0.1', port: 40_020 });
});

it('fails without a description from the branch that answers', async () => {
  const answer: Reply = (invite, trunk) => {
    const response = trunk.respond(invite, 200);
    response.headers.set('To', `${invite.headers.get('To')};tag=two`);
    return [response];
  };
  const bench = await Bench.start(early({ tag: 'one', media: 40_000 }, 40_010, answer));
  bench.dial();
  expect(await bench.heard.next()).toBe('ended failed');
  expect(bench.ends).toEqual([{ kind: 'failed', cause: {}, local: 'media' }]);
});

it('fails before any INVITE when no media port is left, and warns of it once', async () => {
  const bench = await Bench.start(() => [], { ports: 2 });
  parts.adopt(await bench.media.open('another call'), (stream) => void stream.close());
  bench.dial();
  expect(await bench.heard.next()).toBe('ended failed');
  expect(bench.ends).toEqual([{ kind: 'failed', cause: {}, local: 'no-port' }]);
  expect(bench.logged).toEqual([
    {
      level: 'warn',
      fields: { sessionId: 's', reason: expect.stringContaining('no media port') },
      message: 'a leg could not be dialled',
    },
  ]);
  expect(bench.trunk.heard).toEqual([]);
});

it('fails as unreachable when the name of the trunk has no address', async () => {
  const bench = await Bench.start(() => [], { host: 'trunk.invalid' });
  bench.dial();
  expect(await bench.heard.next()).toBe('ended failed');
  expect(bench.ends).toEqual([{ kind: 'failed', cause: {}, local: 'transport' }]);
  expect(bench.logged).toMatchObject([
    { level: 'warn', fields: { reason: expect.stringContaining('trunk.invalid') } },
  ]);
});

it('sends all that belongs to a call to the address that its INVITE went to, and names the trunk in it', async () => {
  const rings: Reply = (request, trunk) => {
    if (request.method === 'INVITE') return [trunk.respond(request, 180)];
    if (request.method !== 'CANCEL') return [];
    const invite = trunk.heard.find(({ method }) => method === 'INVITE')!;
    return [trunk.respond(request, 200), trunk.respond(invite, 487)];
  };
  let skipped = 0;
  let asked = 0;
  const bench = await Bench.start(rings, {
    host: 'trunk.test',
    clock: () => performance.now() + skipped,
    resolve: async () => [`127.0.0.${(asked += 1)}`],
  });
  const other = parts.use(await RawTrunk.start(() => [], { host: '127.0.0.2', port: bench.trunk.port }));
  const leg = bench.dial();
  expect(await bench.heard.next()).toBe('ringing');
  // Long enough that the name has to be asked for again.
  skipped = 60_000;
  leg.hangUp({ q850: 16 });
  await eventually(async () => bench.trunk.heard.length === 3, 'the trunk is sent CANCEL and ACK');
  expect(bench.trunk.heard.map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK']);
  expect(new Set(bench.trunk.heard.map(({ uri }) => uri))).toEqual(
    new Set([`sip:+2@trunk.test:${bench.trunk.port};user=phone`]),
  );
  expect([other.heard, asked]).toEqual([[], 1]);
});

it('tries the next address of the trunk when the first cannot be sent to', async () => {
  const answers: Reply = (request, trunk) => {
    const response = trunk.respond(request, 200);
    if (request.method === 'INVITE') response.setBody('application/sdp', audioAt(40_000));
    return request.method === 'ACK' ? [] : [response];
  };
  const bench = await Bench.start(answers, {
    host: 'trunk.test',
    resolve: async () => ['255.255.255.255', '127.0.0.1'],
  });
  bench.dial();
  expect(await bench.heard.next()).toBe('answered');
  expect(bench.attempts).toMatchObject([
    { result: 'transport', sipStatus: 503 },
    { result: 'answered', gateway: `udp:127.0.0.1:${bench.trunk.port}` },
  ]);
});

it('fails when none of the addresses of the trunk can be reached', async () => {
  const bench = await Bench.start(() => [], {
    host: 'trunk.test',
    transport: 'TCP',
    resolve: async () => ['127.0.0.1', '127.0.0.2'],
  });
  bench.dial();
  expect(await bench.heard.next()).toBe('ended failed');
  expect(bench.ends).toEqual([
    { kind: 'failed', cause: { sipStatus: 503, q850: undefined }, local: 'transport' },
  ]);
});
