import type { Socket } from 'node:net';
import { cpuSeconds } from '../../bench/serve-process.ts';
import { TalkingPhones } from '../../bench/talking-phones.ts';
import { encodeG711 } from '../../src/audio/g711.ts';
import { tone } from '../../src/audio/tone.ts';
import { writeG711Wav } from '../../src/audio/wav.ts';
import { connectionFlood, type FloodTarget, UdpFlood } from '../support/flood.ts';
import { inspectable, InspectedProcess } from '../support/inspected-process.ts';
import { eventually, freePort, installed, temporaryDirectory } from '../support/peer-process.ts';
import { PlatformClient } from '../support/platform-client.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { callApi } from '../support/signed-request.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Calls that run meanwhile, each with audio both ways; fewer where `--calls` says so. */
const CALLS = 1_000;
/** Datagrams a second of the flood. */
const RATE = 5_000;
const ADDRESSES = 32;
/** Connections opened every second. */
const CONNECTIONS = 50;
/** Longest time that is spent without a flood, with one elsewhere, and with one here, s: the prompt that is played lasts for all. */
const PHASE = 40;
const PROMPT = 240_000;
/** Turns in which that time is spent: what else the machine does is shared by the three. */
const TURNS = 4;
/** What is settled before, s: code is compiled, phones come up. */
const SETTLING = 10;
/** Of all packets, how many more may be later than 20 ms than with the same flood elsewhere: a thousandth. */
const TOLERATED = 0.001;
/** MiB that the platform's heap may hold more after the flood, garbage collected: caches, statistics, code compiled meanwhile. */
const GROWTH = 30;

/** Media packets since the start, and how many of them left late. */
interface Punctuality {
  readonly packets: number;
  readonly late5: number;
  readonly late20: number;
}

class Platform {
  readonly served: ServedPlatform;

  constructor(served: ServedPlatform) {
    this.served = served;
  }

  async metric(name: string): Promise<number> {
    return (await this.served.metric(name)) ?? 0;
  }

  /** Sum of a metric over its labels. */
  async total(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`${this.served.access.http}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async punctuality(): Promise<Punctuality> {
    const name = 'openvoicecall_media_packet_lateness_seconds';
    // One look for all of it: between two the packets go on.
    const text = await (await fetch(`${this.served.access.http}/metrics`)).text();
    const value = (line: string): number =>
      Number(
        text
          .split('\n')
          .find((each) => each.startsWith(`${line} `))
          ?.slice(line.length + 1) ?? 0,
      );
    const upTo = (le: string): number => value(`${name}_bucket{le="${le}"}`);
    const packets = value(`${name}_count`);
    return { packets, late5: packets - upTo('0.005'), late20: packets - upTo('0.02') };
  }
}

const perCent = (share: number): number => Number((100 * share).toFixed(3));
const passes = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));

/** Notifications that play for two minutes, to phones that talk. */
async function dial(served: ServedPlatform, calls: number): Promise<void> {
  const app = await PlatformClient.createApp(served.access, { capability: 'notification', ports: calls }, [
    '+8675528000001',
  ]);
  const form = new FormData();
  form.set('name', 'long.wav');
  form.set('approve', 'true');
  form.set(
    'file',
    new Blob([new Uint8Array(writeG711Wav('PCMA', encodeG711('PCMA', tone([700], PROMPT))))]),
    'long.wav',
  );
  const headers = { authorization: `Bearer ${served.access.token}` };
  const answer = await fetch(`${served.access.http}/admin/v1/voice-files`, {
    method: 'POST',
    headers,
    body: form,
  });
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  for (let call = 0; call < calls; call += 1) {
    const { body } = await callApi(served.access.http, '/rest/httpsessions/callnotify/v2.0', app, {
      displayNbr: '+8675528000001',
      calleeNbr: '+8613500000001',
      playInfoList: [{ notifyVoice: 'long.wav' }],
    });
    if (body.resultcode !== '0') throw new Error(`refused: ${JSON.stringify(body)}`);
  }
}

interface Flooded {
  readonly sent: UdpFlood['sent'];
  readonly datagrams: number;
  readonly connections: number;
  /** Seconds. */
  readonly lasted: number;
}

/** Strangers by UDP and TCP for so long. */
async function flooded(target: FloodTarget, seconds: number, seed: number): Promise<Flooded> {
  const flood = await UdpFlood.open(target, new SeededRandom(seed), ADDRESSES);
  const sending = flood.send(Infinity, RATE);
  const sockets: Socket[] = [];
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1_000;
  while (elapsed() < seconds) {
    sockets.push(...(await connectionFlood(target, CONNECTIONS)));
    await passes(1);
  }
  flood.stop();
  await sending;
  flood.close();
  for (const socket of sockets) socket.destroy();
  return { sent: flood.sent, datagrams: flood.total, connections: sockets.length, lasted: elapsed() };
}

/** What the packets of the platform and its processor do in one kind of turns. */
class Phase {
  packets = 0;
  #late5 = 0;
  #late20 = 0;
  /** Seconds of processor, and of the clock. */
  #used = 0;
  #lasted = 0;

  async turn<Result>(platform: Platform, act: () => Promise<Result>): Promise<Result> {
    const { pid } = platform.served.process;
    const [before, cpu, start] = [await platform.punctuality(), cpuSeconds(pid), performance.now()];
    const result = await act();
    this.#lasted += (performance.now() - start) / 1_000;
    this.#used += cpuSeconds(pid) - cpu;
    const after = await platform.punctuality();
    this.packets += after.packets - before.packets;
    this.#late5 += after.late5 - before.late5;
    this.#late20 += after.late20 - before.late20;
    return result;
  }

  /** Shares of its packets. */
  get late5(): number {
    return this.#late5 / this.packets;
  }

  get late20(): number {
    return this.#late20 / this.packets;
  }

  /** Of a core, that the platform used. */
  get cpu(): number {
    return this.#used / this.#lasted;
  }
}

/** Where nobody listens: what the flood costs those who share the machine with its source, whomever it is sent to. */
async function elsewhere(): Promise<FloodTarget> {
  const ports = await freePort('127.0.0.1', 102);
  return { host: '127.0.0.1', sipPort: ports, mediaPorts: { first: ports + 2, last: ports + 101 } };
}

async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  if (!installed('sipp')) throw new Error('SIPp is missing; install it with: apt-get install sip-tester');
  const calls = Math.min(CALLS, options.calls);
  using directory = temporaryDirectory();
  await using phones = await TalkingPhones.start(directory.path, calls);
  await using served = await ServedPlatform.start({
    flags: ['--trunk', phones.trunk],
    mediaPorts: 2 * calls + 200,
    env: inspectable,
  });
  using inspected = await InspectedProcess.of(served.process);
  const memory = async (): Promise<{ heap: number; resident: number }> => {
    const { heap, resident } = await inspected.holdings();
    return { heap: heap / 2 ** 20, resident: resident / 2 ** 20 };
  };
  const platform = new Platform(served);
  await dial(served, calls);
  await phones.allTalk();
  const running = (): Promise<number> => platform.metric('openvoicecall_calls_running');
  const seconds = Math.min(PHASE, Math.max(5, Math.floor((options.seconds ?? 3 * PHASE) / 3))) / TURNS;
  await passes(SETTLING);
  say(
    `${calls} calls talk; ${TURNS} times ${seconds} s without a flood, with one elsewhere, and with one here ...`,
  );
  const upBefore = await running();
  const before = await memory();
  // Collecting it all held up the media: what that made late is nobody's flood.
  await passes(2);
  const [quiet, control, loud] = [new Phase(), new Phase(), new Phase()];
  const each = (figure: (phase: Phase) => number | string): string =>
    [quiet, control, loud].map(figure).join(', ');
  const target = await elsewhere();
  const { sipPort, mediaPorts } = served;
  const here = { host: '127.0.0.1', sipPort, mediaPorts };
  const floods: Flooded[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const seed = options.seed + turn;
    await quiet.turn(platform, () => passes(seconds));
    await control.turn(platform, () => flooded(target, seconds, seed));
    floods.push(await loud.turn(platform, () => flooded(here, seconds, seed)));
    say(`${turn + 1}: ${each(({ late5 }) => perCent(late5))} % over 5 ms late so far`);
  }
  const upAfter = await running();
  const total = (what: 'datagrams' | 'connections' | 'lasted'): number =>
    floods.reduce((sum, each) => sum + each[what], 0);
  const after = await memory();
  const grown = after.heap - before.heap;
  const sent: Record<string, number> = {};
  for (const [kind, count] of floods.flatMap((each) => Object.entries(each.sent)))
    sent[kind] = (sent[kind] ?? 0) + count;
  const dropped = await platform.total('openvoicecall_sip_refusals_total', 'flooded"');
  await eventually(
    async () => (await platform.metric('openvoicecall_sip_load{kind="dialogs"}')) <= calls,
    'no dialog more',
  );
  return {
    tried: { 'calls up': upBefore, ...sent, connections: total('connections') },
    lost: {
      'calls that ended during the flood': upBefore - upAfter,
      'packets over 20 ms late, beyond a thousandth more': Number(loud.late20 > control.late20 + TOLERATED),
      'memory grew': Number(grown > GROWTH),
      'flood not dropped': Number(dropped === 0),
    },
    measured: {
      'datagrams a second': Math.round(total('datagrams') / total('lasted')),
      'messages dropped unread': dropped,
      'connections turned away': await platform.total(
        'openvoicecall_sip_refusals_total',
        'floodedConnection"',
      ),
      'packets sent: quiet, flood elsewhere, flood here': each(({ packets }) => packets),
      'over 5 ms late, %': each(({ late5 }) => perCent(late5)),
      'over 20 ms late, %': each(({ late20 }) => perCent(late20)),
      'processor of the platform, % of a core': each(({ cpu }) => Math.round(100 * cpu)),
      'heap grew by, MiB': Math.round(grown),
      'resident memory grew by, MiB': Math.round(after.resident - before.resident),
    },
  };
}

export const flood: SoakPart = {
  name: 'flood',
  what: 'a flood of INVITE, REGISTER, OPTIONS, garbage, RTP and connections while a thousand calls talk',
  run,
};
