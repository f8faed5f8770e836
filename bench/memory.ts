import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InspectedProcess } from '../test/support/inspected-process.ts';
import { eventually, temporaryDirectory } from '../test/support/peer-process.ts';
import { callApi } from '../test/support/signed-request.ts';
import { sdp, Sipp } from '../test/support/sipp.ts';
import { growth, type Held, holdersOf } from './heap-snapshot.ts';
import { residentKiBOf, ServeProcess } from './serve-process.ts';
import { answeringWith } from './sipp-scenarios.ts';

export interface MemoryFigures {
  readonly legs: number;
  /** Of the whole process, workers included, for each leg of the first half. */
  readonly residentKiBPerEarlyLeg: number;
  /** For each leg of the second half: by then the room for garbage, the page cache of the database and the like have grown. */
  readonly residentKiBPerLeg: number;
  /** For each leg, after garbage was collected in every thread: what is in use, without the room that V8 keeps for garbage. */
  readonly collectedKiBPerLeg: number;
  /** Of SIPp, which answers these legs and has no media: what it grew by with them. */
  readonly sippKiBPerLeg: number;
  /** Of the signalling thread's heap, after collection of garbage. */
  readonly heapKiBPerLeg: number;
  /** Right after all calls have ended, for each call: transactions stay for 32 s (RFC 3261 17). */
  readonly lingeringKiBPerCall: number;
  /** 40 s later. */
  readonly leftKiBPerCall: number;
  /** What grew most with the legs, bytes for each leg; `objects` for each leg. */
  readonly holders: readonly Holder[];
  /** The same right after the calls ended, for each call. */
  readonly lingering: readonly Holder[];
}

type Holder = ReturnType<typeof growth>[number];

/** On hold from the start: neither side sends audio. */
const onHold = sdp('m=audio [media_port] RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=inactive');

/** Calls that run and end before anything is measured, so that code is compiled and pools are filled. */
const WARM_UP = 100;

/** Milliseconds after which nothing of a call may be left. */
const LINGER = 40_000;

/** Milliseconds until all calls must be up, and until all must have ended. */
const PATIENCE = 60_000;

/** Holds `calls` callbacks (an even number), two legs each, half of them first, whose phones are on hold; then ends them. */
export async function memory(calls: number): Promise<MemoryFigures> {
  using directory = temporaryDirectory();
  await using phones = await Sipp.start({
    directory: directory.path,
    name: 'phones',
    calls: (calls + WARM_UP) * 2 + 1,
    steps: answeringWith(onHold),
    // SIPp gives up after a minute by itself, amidst the second wave.
    args: ['-timeout', '3600'],
  });
  await using platform = await ServeProcess.start(
    `${directory.path}/data`,
    ['--trunk', `sip:${phones.host}:${phones.port}`, '--rtp', '127.0.0.1:50000-57999'],
    { cwd: directory.path, flags: ['--heapsnapshot-signal=SIGUSR2', '--inspect=127.0.0.1:0'] },
  );
  using inspected = await InspectedProcess.of(platform);
  const bench = await Bench.on(platform, calls);
  await bench.hold(WARM_UP);
  await bench.end();
  await pause(LINGER);
  const before = await bench.heap(directory.path);
  const { resident: collectedBefore } = await inspected.holdings();
  const resident = platform.residentKiB;
  const phonesBefore = residentKiBOf(phones.pid!);
  await bench.hold(calls / 2);
  const residentHalf = platform.residentKiB;
  await bench.hold(calls / 2);
  const residentUp = platform.residentKiB;
  const phonesUp = residentKiBOf(phones.pid!);
  const { resident: collected } = await inspected.holdings();
  const up = await bench.heap(directory.path);
  await bench.end();
  const lingering = await bench.heap(directory.path);
  await pause(LINGER);
  const left = await bench.heap(directory.path);
  const kib = (one: Heap, other: Heap, units: number): number =>
    Number(((one.bytes - other.bytes) / 1024 / units).toFixed(1));
  return {
    legs: calls * 2,
    residentKiBPerEarlyLeg: Number(((residentHalf - resident) / calls).toFixed(1)),
    residentKiBPerLeg: Number(((residentUp - residentHalf) / calls).toFixed(1)),
    collectedKiBPerLeg: Number(((collected - collectedBefore) / 1024 / calls / 2).toFixed(1)),
    sippKiBPerLeg: Number(((phonesUp - phonesBefore) / calls / 2).toFixed(1)),
    heapKiBPerLeg: kib(up, before, calls * 2),
    lingeringKiBPerCall: kib(lingering, before, calls),
    leftKiBPerCall: kib(left, before, calls),
    holders: growth(before.holders, up.holders, calls * 2).slice(0, 12),
    lingering: growth(before.holders, lingering.holders, calls).slice(0, 12),
  };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Heap {
  readonly bytes: number;
  readonly holders: Map<string, Held>;
}

class Bench {
  readonly #platform: ServeProcess;
  readonly #app: { appKey: string; appSecret: string };
  readonly #sessions: string[] = [];
  #answers = 0;
  #ends = 0;
  #lastCause: number | undefined;

  private constructor(platform: ServeProcess, app: { appKey: string; appSecret: string }) {
    this.#platform = platform;
    this.#app = app;
  }

  static async on(platform: ServeProcess, calls: number): Promise<Bench> {
    const bench = new Bench(platform, await platform.app(calls));
    await platform.events(({ type, stateCode }) => {
      if (type === 'answer') bench.#answers += 1;
      if (type !== 'disconnect') return;
      bench.#ends += 1;
      bench.#lastCause = stateCode;
    }, new AbortController().signal);
    return bench;
  }

  async hold(calls: number): Promise<void> {
    const [answers, ends] = [this.#answers, this.#ends];
    for (let started = 0; started < calls; started++) {
      const { body } = await callApi(this.#platform.url, '/rest/httpsessions/click2Call/v2.0', this.#app, {
        displayNbr: '+8675528000001',
        displayCalleeNbr: '+8675528000001',
        callerNbr: '+8613500000001',
        calleeNbr: '+8613500000002',
      });
      if (body.resultcode !== '0') throw new Error(`refused: ${JSON.stringify(body)}`);
      this.#sessions.push(body.sessionId ?? '');
    }
    const all = answers + calls * 2;
    await eventually(() => this.#answers === all || this.#ends > ends, 'all legs are up', PATIENCE);
    if (this.#ends > ends)
      throw new Error(`a call ended with ${this.#lastCause} with ${this.#answers - answers} legs up`);
  }

  async end(): Promise<void> {
    const ends = this.#ends + this.#sessions.length;
    for (const sessionid of this.#sessions.splice(0)) {
      await callApi(this.#platform.url, '/rest/httpsessions/callStop/v2.0', this.#app, {
        sessionid,
        signal: 'call_stop',
      });
    }
    await eventually(() => this.#ends === ends, 'all calls ended', PATIENCE);
  }

  /** Collects garbage, as a snapshot does. */
  async heap(folder: string): Promise<Heap> {
    this.#platform.signal('SIGUSR2');
    const path = await eventually(() => {
      const name = readdirSync(folder).find((each) => each.endsWith('.heapsnapshot'));
      return name && join(folder, name);
    }, 'there is a snapshot');
    // The process answers again when it is written.
    await fetch(`${this.#platform.url}/healthz`);
    await eventually(
      () => statSync(path).size > 0 && readFileSync(path, 'latin1').endsWith(']}'),
      'it is whole',
    );
    const holders = holdersOf(readFileSync(path, 'utf8'));
    rmSync(path);
    const bytes = holders.values().reduce((sum, held) => sum + held.bytes, 0);
    return { bytes, holders };
  }
}
