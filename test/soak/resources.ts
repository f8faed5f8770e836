import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, hangingUpB } from '../../bench/sipp-scenarios.ts';
import { type Holdings, inspectable, InspectedProcess } from '../support/inspected-process.ts';
import { eventually, installed, temporaryDirectory } from '../support/peer-process.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { Sipp } from '../support/sipp.ts';
import { databaseFor } from './database.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Calls at once; each has two legs. */
const AT_ONCE = 40;
/** Pairs rest for some seconds after each leg. */
const MEDIA = '127.0.0.1:50000-57999';
/** SIPp gives up after a minute by itself. */
const UNHURRIED = ['-timeout', '36000'];
/** How often the holdings are looked at: the first time after a tenth of the calls, when everything has been used once. */
const LOOKS = 4;
const WARM_UP = 0.1;
/** Callbacks that are held to weigh their legs. */
const HELD = 600;
/** What may be more at the end than after the warm-up: statistics, code that was compiled later, pools of connections. */
const HEAP_GROWTH = 10 * 2 ** 20;
const RESIDENT_GROWTH = 60 * 2 ** 20;
const FILES_GROWTH = 20;
/** Octets that a leg which is up may take (RSS). */
const LEG = 64 * 1_024;
/** ms from start to readiness. */
const START = 1_000;
/** Transactions wait for repetitions for 32 s (RFC 3261 17, RFC 6026). */
const REST = 60_000;

const mebibytes = (octets: number): number => Number((octets / 2 ** 20).toFixed(1));

async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  if (!installed('sipp')) throw new Error('SIPp is missing; install it with: apt-get install sip-tester');
  const passing = await manyCalls(options, say);
  say(`${HELD} callbacks held ...`);
  const held = await heldCalls();
  const { looks, starts } = passing;
  const [first, last] = [looks[0]!, looks.at(-1)!];
  const start = middle(starts);
  return {
    tried: { calls: passing.calls, 'legs held': held.legs, starts: starts.length },
    lost: {
      'calls that failed': passing.failures.length,
      'pushes missing': passing.calls - passing.records,
      'left over after the last call': passing.leaks.length,
      'heap grew': Number(last.heap - first.heap > HEAP_GROWTH),
      'memory grew': Number(last.resident - first.resident > RESIDENT_GROWTH),
      'files grew': Number(last.files - first.files > FILES_GROWTH),
      'a leg over 64 KiB': Number(held.resident > LEG),
      'start over a second': Number(start > START),
    },
    measured: {
      'calls per second': Math.round(passing.calls / passing.seconds),
      'heap, MiB': looks.map(({ heap }) => mebibytes(heap)).join(' -> '),
      'resident, MiB': looks.map(({ resident }) => mebibytes(resident)).join(' -> '),
      files: looks.map(({ files }) => files).join(' -> '),
      'heap per leg held, KiB': Number((held.heap / 1_024).toFixed(1)),
      'resident per leg held, KiB': Number((held.resident / 1_024).toFixed(1)),
      'start to ready with these calls in the database, ms': starts.map(Math.round).join(', '),
    },
    examples: [...passing.leaks, ...passing.failures.slice(0, 20)],
  };
}

interface Passing {
  readonly calls: number;
  readonly failures: readonly string[];
  /** Calls whose record was pushed. */
  readonly records: number;
  readonly seconds: number;
  readonly looks: readonly Holdings[];
  readonly leaks: readonly string[];
  readonly starts: readonly number[];
}

async function manyCalls(options: SoakOptions, say: (progress: string) => void): Promise<Passing> {
  await using parts = new AsyncDisposableStack();
  const directory = parts.use(temporaryDirectory());
  const database = parts.use(await databaseFor(options.database));
  const records = parts.use(await Records.start());
  const phones = parts.use(
    await Sipp.start({
      directory: directory.path,
      name: 'phones',
      calls: 10 * options.calls,
      steps: hangingUpB,
      args: UNHURRIED,
    }),
  );
  let platform = parts.use(await platformFor(phones, database.flags));
  const inspected = parts.use(await InspectedProcess.of(platform.process));
  const customer = await Customer.of(platform, records.url);
  const until = options.seconds === undefined ? Infinity : performance.now() + options.seconds * 1_000;
  // Where a time is given, the calls are spread over it; a tenth of it is for the looks.
  const pace = options.seconds === undefined ? Infinity : options.calls / (0.9 * options.seconds);
  const looks: Holdings[] = [];
  let seconds = 0;
  for (let look = 0; look <= LOOKS; look += 1) {
    const share = look === 0 ? WARM_UP : (1 - WARM_UP) / LOOKS;
    const since = performance.now();
    await customer.place(Math.round(options.calls * share), pace, until);
    seconds += (performance.now() - since) / 1_000;
    const left = await leftOver(platform);
    looks.push(await inspected.holdings());
    const { heap, resident, files } = looks.at(-1)!;
    say(
      `${customer.ended} calls, ${mebibytes(heap)} MiB of heap, ${mebibytes(resident)} MiB resident, ${files} files`,
    );
    if (look === LOOKS || performance.now() > until) {
      await eventually(() => records.count >= customer.ended, 'records are pushed').catch(() => {});
      customer.close();
      // A process that is being inspected waits for its debugger to leave before it ends.
      inspected[Symbol.dispose]();
      const starts: number[] = [];
      for (let restart = 0; restart < 3; restart += 1) {
        await platform.terminated();
        const began = performance.now();
        platform = parts.use(await platform.restarted());
        starts.push(performance.now() - began);
      }
      const { ended: calls, failures } = customer;
      return { calls, failures, records: records.count, seconds, looks, leaks: left, starts };
    }
  }
  throw new Error('unreachable');
}

const platformFor = (phones: Sipp, flags: readonly string[]): Promise<ServedPlatform> =>
  ServedPlatform.start({
    flags: [
      '--trunk',
      `sip:${phones.host}:${phones.port}`,
      '--rtp',
      MEDIA,
      '--log-level',
      'error',
      '--drain-seconds',
      '0',
      ...flags,
    ],
    env: inspectable,
    app: { ports: 2 * HELD },
  });

/** Gauges that do not come back to zero. */
async function leftOver(platform: ServedPlatform): Promise<string[]> {
  const kinds = ['dialogs', 'requests', 'invitations', 'transactions', 'timers'];
  const gauges = [
    'openvoicecall_calls_running',
    'openvoicecall_media_streams',
    ...kinds.map((kind) => `openvoicecall_sip_load{kind="${kind}"}`),
  ];
  const left: string[] = [];
  for (const gauge of gauges) {
    const isFree = async (): Promise<boolean> => (await platform.metric(gauge)) === 0;
    await eventually(isFree, gauge, REST).catch(() => left.push(gauge));
  }
  return left;
}

/** Places callbacks, so many at once, and hears how they end. */
class Customer {
  ended = 0;
  readonly failures: string[] = [];
  answers = 0;
  readonly #platform: ServedPlatform;
  readonly #feeUrl: string;
  readonly #listening = new AbortController();
  #wake = (): void => {};

  private constructor(platform: ServedPlatform, feeUrl: string) {
    this.#platform = platform;
    this.#feeUrl = Buffer.from(feeUrl).toString('base64');
  }

  static async of(platform: ServedPlatform, feeUrl: string): Promise<Customer> {
    const customer = new Customer(platform, feeUrl);
    const { http, token } = platform.access;
    const { body } = await fetch(`${http}/events?token=${token}`, { signal: customer.#listening.signal });
    void customer.#listen(body!);
    return customer;
  }

  /** Until so many have ended, or the time is over. @param pace calls a second at most */
  async place(calls: number, pace: number, until: number): Promise<void> {
    const [since, first] = [performance.now(), this.ended];
    const target = first + calls;
    let placed = first;
    while (this.ended < target) {
      const stillToPlace = performance.now() > until ? 0 : target - placed;
      if (stillToPlace === 0 && placed === this.ended) return;
      const due = Math.ceil(((performance.now() - since) / 1_000) * pace) - (placed - first);
      const now = Math.max(0, Math.min(stillToPlace, AT_ONCE - (placed - this.ended), due));
      for (let count = 0; count < now; count += 1) await this.call();
      placed += now;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      if (placed > this.ended || now === 0) await Promise.race([woken, passes(1_000 / pace)]);
    }
  }

  call(): Promise<string> {
    return this.#platform.accepted({ feeUrl: this.#feeUrl });
  }

  close(): void {
    this.#listening.abort();
  }

  async #listen(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('data:')) this.#hear(JSON.parse(line.slice(5)));
      }
    } catch (error) {
      if (!this.#listening.signal.aborted) throw error;
    }
  }

  #hear({ type, stateCode, sessionId }: { type: string; stateCode?: number; sessionId: string }): void {
    if (type === 'answer') this.answers += 1;
    if (type !== 'disconnect') return;
    this.ended += 1;
    if (stateCode !== 0) this.failures.push(`${sessionId} ended with ${stateCode}`);
    this.#wake();
  }
}

/** A receiver that only counts the records it gets. */
class Records {
  count = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        this.count += (JSON.parse(text) as { feeLst: unknown[] }).feeLst.length;
        response.end('{}');
      });
    });
  }

  static async start(): Promise<Records> {
    const records = new Records();
    await new Promise<void>((resolve) => records.#server.listen(0, '127.0.0.1', resolve));
    return records;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fee`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** For ever, if it is no time at all: whoever has no pace waits for a call to end. */
const passes = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    if (milliseconds > 0) setTimeout(resolve, milliseconds);
  });

/** What a leg takes that is up and silent, octets. */
async function heldCalls(): Promise<{
  readonly legs: number;
  readonly heap: number;
  readonly resident: number;
}> {
  await using parts = new AsyncDisposableStack();
  const directory = parts.use(temporaryDirectory());
  const legs = 2 * HELD;
  const phones = parts.use(
    await Sipp.start({
      directory: directory.path,
      name: 'held',
      calls: legs + 100,
      steps: answering,
      args: UNHURRIED,
    }),
  );
  const platform = parts.use(await platformFor(phones, []));
  const inspected = parts.use(await InspectedProcess.of(platform.process));
  const customer = await Customer.of(platform, 'http://127.0.0.1:9/fee');
  const hold = async (calls: number): Promise<void> => {
    const wanted = customer.answers + 2 * calls;
    for (let placed = 0; placed < calls; placed += 1) await customer.call();
    await eventually(() => customer.answers >= wanted, 'all legs are up', 60_000);
  };
  await hold(50);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = await inspected.holdings();
  await hold(HELD - 50);
  // Beyond the transactions of their INVITEs, which are kept for 32 s.
  await new Promise((resolve) => setTimeout(resolve, 40_000));
  const after = await inspected.holdings();
  customer.close();
  const counted = legs - 100;
  return {
    legs,
    heap: (after.heap - before.heap) / counted,
    resident: (after.resident - before.resident) / counted,
  };
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export const resources: SoakPart = {
  name: 'resources',
  what: 'many short calls, and what they leave behind; what a held leg weighs; how long a start takes afterwards',
  run,
};
