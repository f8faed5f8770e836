/** The media bench: our worker beside the same loop in C, node:dgram and rtpengine, and how much it holds. */
import { installed, temporaryDirectory } from '../../test/support/peer-process.ts';
import { compileLoop, type Contender, LoopContender, PoolContender } from './contenders.ts';
import type { Mode } from './contender.ts';
import { measure, type MediaFigures } from './measure.ts';
import { RtpengineContender, rtpengineVersion } from './rtpengine.ts';

export type ContenderName = 'c' | 'direct' | 'dgram' | 'rtpengine';

export interface MediaRow extends MediaFigures {
  readonly contender: ContenderName;
  /** Packets of strangers that reach our ports meanwhile, per second. */
  readonly strangers: number;
}

export interface MediaReport {
  readonly rows: readonly MediaRow[];
  /** What was not measured, and why. */
  readonly skipped: readonly string[];
  readonly versions: { readonly rtpengine: string | undefined };
}

interface Step {
  readonly contender: ContenderName;
  readonly mode: Mode;
  readonly calls: number;
  /** Strangers that send 50 packets a second each. */
  readonly strangers?: number;
}

/** All at one load, which the slowest can carry too. */
const COMPARED: readonly Step[] = [
  { contender: 'c', mode: 'notify', calls: 1000 },
  { contender: 'direct', mode: 'notify', calls: 1000 },
  { contender: 'dgram', mode: 'notify', calls: 1000 },
  { contender: 'c', mode: 'bridge', calls: 500 },
  { contender: 'direct', mode: 'bridge', calls: 500 },
  { contender: 'dgram', mode: 'bridge', calls: 500 },
  { contender: 'rtpengine', mode: 'bridge', calls: 500 },
  { contender: 'direct', mode: 'record-mixed', calls: 500 },
];

const LARGE: readonly Step[] = [
  { contender: 'direct', mode: 'record-stereo', calls: 500 },
  { contender: 'direct', mode: 'notify-in-band', calls: 1000 },
  { contender: 'direct', mode: 'notify', calls: 1000, strangers: 1000 },
  { contender: 'direct', mode: 'notify', calls: 2000 },
  { contender: 'direct', mode: 'notify', calls: 3000 },
  { contender: 'direct', mode: 'bridge', calls: 1000 },
  { contender: 'direct', mode: 'bridge', calls: 1500 },
];

/** A worker connects its sockets when five seconds have passed. */
const SETTLE: Readonly<Record<ContenderName, number>> = { c: 2, direct: 6, dgram: 3, rtpengine: 3 };

/**
 * @param quick the comparison alone, for a shorter time
 * @param each called with each row as it is there
 */
export async function sideBySide(quick: boolean, each: (row: MediaRow) => void): Promise<MediaReport> {
  using directory = temporaryDirectory();
  const skipped: string[] = [];
  const loop = compileLoop(directory.path);
  if (loop === undefined) skipped.push('the loop in C: there is no gcc');
  const hasRtpengine = installed('rtpengine');
  if (!hasRtpengine) skipped.push('rtpengine: it is not installed (apt-get install rtpengine-daemon)');
  const seconds = quick ? 3 : 8;
  const rows: MediaRow[] = [];
  for (const step of quick ? COMPARED : [...COMPARED, ...LARGE]) {
    const { contender: name, mode, calls, strangers = 0 } = step;
    const start = starterOf(name, { folder: directory.path, loop, hasRtpengine });
    if (start === undefined) continue;
    await using contender = await start();
    const figures = await measure(contender, mode, calls, { seconds, settle: SETTLE[name], strangers });
    const row = { contender: name, ...figures, strangers: strangers * 50 };
    rows.push(row);
    each(row);
  }
  return { rows, skipped, versions: { rtpengine: hasRtpengine ? rtpengineVersion() : undefined } };
}

function starterOf(
  name: ContenderName,
  have: { readonly folder: string; readonly loop: string | undefined; readonly hasRtpengine: boolean },
): (() => Promise<Contender>) | undefined {
  const { folder, loop } = have;
  if (name === 'c') return loop === undefined ? undefined : () => Promise.resolve(new LoopContender(loop));
  if (name === 'rtpengine') return have.hasRtpengine ? () => RtpengineContender.start(folder) : undefined;
  return () => PoolContender.start(name, folder);
}

/** Each figure beside its peer's in the same run, as lines of text. */
export function mediaLines({ rows, skipped }: MediaReport): string[] {
  const find = (contender: ContenderName, mode: Mode): MediaRow | undefined =>
    rows.find((row) => row.contender === contender && row.mode === mode && row.strangers === 0);
  const ratio = (
    label: string,
    ours: MediaRow | undefined,
    theirs: MediaRow | undefined,
    of: 'cpuMicrosecondsPerPacket' | 'cpuPerCentPerCall',
  ): string[] =>
    ours === undefined || theirs === undefined
      ? []
      : [`  ${label.padEnd(52)} ${(ours[of] / theirs[of]).toFixed(2)}`];
  return [
    ...ratio(
      'CPU per packet against C, notification',
      find('direct', 'notify'),
      find('c', 'notify'),
      'cpuMicrosecondsPerPacket',
    ),
    ...ratio(
      'CPU per packet against C, bridge',
      find('direct', 'bridge'),
      find('c', 'bridge'),
      'cpuMicrosecondsPerPacket',
    ),
    ...ratio(
      'CPU per packet against node:dgram, notification',
      find('direct', 'notify'),
      find('dgram', 'notify'),
      'cpuMicrosecondsPerPacket',
    ),
    ...ratio(
      'CPU per packet against node:dgram, bridge',
      find('direct', 'bridge'),
      find('dgram', 'bridge'),
      'cpuMicrosecondsPerPacket',
    ),
    ...ratio(
      'CPU per bridged call against rtpengine',
      find('direct', 'bridge'),
      find('rtpengine', 'bridge'),
      'cpuPerCentPerCall',
    ),
    ...ratio(
      'a recorded bridge against a bridge, mixed',
      find('direct', 'record-mixed'),
      find('direct', 'bridge'),
      'cpuPerCentPerCall',
    ),
    ...ratio(
      'a recorded bridge against a bridge, stereo',
      find('direct', 'record-stereo'),
      find('direct', 'bridge'),
      'cpuPerCentPerCall',
    ),
    ...skipped.map((reason) => `  skipped: ${reason}`),
  ];
}

export function mediaLine(row: MediaRow): string {
  const {
    contender,
    mode,
    calls,
    cpuPerCent,
    cpuMicrosecondsPerPacket,
    lateness,
    lostPerCent,
    farEnd,
    strangers,
  } = row;
  const late = lateness === undefined ? '' : `, late p50 ${lateness.p50} p99 ${lateness.p99} ms`;
  const through = mode.startsWith('notify')
    ? ''
    : `, through p50 ${farEnd.delay.p50} p99 ${farEnd.delay.p99} ms`;
  const flood = strangers === 0 ? '' : ` under ${strangers} packets/s of strangers`;
  return `  ${`${contender} ${mode} ${calls}${flood}`.padEnd(52)} ${cpuPerCent} % of a core, ${cpuMicrosecondsPerPacket} us a packet, lost ${lostPerCent} %${late}${through}`;
}
