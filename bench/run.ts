/**
 * `npm run bench [-- signalling|media|notification|pushes|memory|start|api|console|parser ...] [--quick]`: the figures of this machine, as JSON on standard output and as a short table on
 * standard error. Where others do the same, their figure of the same run stands beside ours: compare ratios, not machines.
 */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { installed } from '../test/support/peer-process.ts';
import { api } from './api.ts';
import { consoleFigures } from './console.ts';
import { media } from './media.ts';
import { mediaLine, mediaLines, sideBySide } from './media/side-by-side.ts';
import { memory } from './memory.ts';
import { notification } from './notification.ts';
import { parser } from './parser.ts';
import { pushes } from './pushes.ts';
import { signalling } from './signalling.ts';
import { start } from './start.ts';

const benches = [
  'signalling',
  'media',
  'notification',
  'pushes',
  'memory',
  'start',
  'api',
  'console',
  'parser',
];
const withoutSipp = ['pushes', 'api', 'console', 'parser'];
const options = process.argv.slice(2);
/** So far for media alone: the comparison without the largest loads. */
const quick = options.includes('--quick');
const wanted = options.filter((option) => option !== '--quick');
const runs = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const unknown = wanted.filter((name) => !benches.includes(name));
if (unknown.length > 0) {
  console.error(`there is no bench '${unknown[0]}'; there are: ${benches.join(', ')}`);
  process.exit(2);
}
if (benches.some((name) => !withoutSipp.includes(name) && runs(name)) && !installed('sipp')) {
  console.error('SIPp is missing; install it with: apt-get install --no-install-recommends sip-tester');
  process.exit(1);
}

const sippVersion = (): string => {
  try {
    return /SIPp (v[\w.]+)/.exec(execFileSync('sipp', ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch (error) {
    // SIPp exits with 99 after printing its version.
    return /SIPp (v[\w.]+)/.exec(String((error as { stdout?: string }).stdout))?.[1] ?? 'unknown';
  }
};

const say = (text: string): void => console.error(text);
const report: Record<string, unknown> = {
  at: new Date().toISOString(),
  machine: {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
  },
  versions: { node: process.versions.node, sipp: installed('sipp') ? sippVersion() : undefined },
};

if (runs('signalling')) {
  say('signalling: 3,000 callbacks, then 3,000 notifications, 50 at once ...');
  const figures = await signalling(3_000, 50);
  report.signalling = figures;
  for (const kind of ['callbacks', 'notifications'] as const) {
    const of = figures[kind];
    say(
      `  ${kind.padEnd(28)} ${of.callsPerSecond} a second (${of.legsPerSecond} legs), failed ${of.failed}, CPU ${of.cpuMillisecondsPerCall} ms each with ${of.pushesPerCall} pushes, memory ${of.memoryMiB} MiB`,
    );
  }
  say(`  SIPp to SIPp, calls (legs)/s ${figures.sippCallsPerSecond}`);
}
if (runs('media')) {
  say('media: one worker beside the same loop in C, node:dgram and rtpengine ...');
  const compared = await sideBySide(quick, (row) => say(mediaLine(row)));
  for (const line of mediaLines(compared)) say(line);
  report.mediaWorker = compared;
}
if (runs('media') && !quick) {
  say('media: 200 bridged calls held for 20 s ...');
  const figures = await media(200, 20);
  report.media = figures;
  const { p50, p99, max } = figures.delay;
  say(
    `  through the bridge           p50 ${p50} ms, p99 ${p99} ms, max ${max} ms, lost ${figures.lostPerCent} %`,
  );
  say(
    `  CPU per 100 bridged calls    ${figures.cpuPerCent100Calls} % of a core, memory ${figures.memoryMiB} MiB`,
  );
  say(`  SIPp to SIPp, 100 calls      ${figures.sippCpuPerCent100Calls} % of a core (both ends)`);
}
if (runs('notification')) {
  say(
    'notification: more and more calls on one media worker, a file to each and its voice back, 10 s each ...',
  );
  const figures = await notification([100, 200, 300, 450, 600, 800, 1_000, 1_400, 2_000], 10, (held) => {
    const { p50, p99, max } = held.lateness;
    say(
      `  ${String(held.calls).padEnd(28)} ${held.punctualPerCent} % within 5 ms, lost ${held.lostPerCent} %, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms, CPU per 100 calls ${held.cpuPerCent100Calls} %, memory ${held.memoryMiB} MiB`,
    );
  });
  report.notification = figures;
  const { heldAtOnce, limitFound } = figures;
  say(`  held at once on a core       ${heldAtOnce}${limitFound ? '' : ' or more'}`);
}
if (runs('pushes')) {
  say('pushes: 5,000 a second to 900 receivers, alone and beside 100 that hang ...');
  const load = { answering: 900, hanging: 100, pace: 5_000, seconds: 20, backlog: 50_000 };
  const figures = await pushes(load);
  report.pushes = figures;
  for (const [name, { perSecond, delay, cpuPerCent, written, received }] of [
    ['alone', figures.alone],
    ['beside the hanging', figures.besideHanging],
  ] as const) {
    const { p50, p99, max } = delay;
    say(
      `  ${name.padEnd(28)} ${perSecond} a second, ${received} of ${written} arrived, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms, CPU ${cpuPerCent} %`,
    );
  }
  const { backlog, undici } = figures;
  say(`  a backlog                    ${backlog.perSecond} a second, ${backlog.cpuMicroseconds} us CPU each`);
  say(`  undici alone, nothing stored ${undici.perSecond} a second, ${undici.cpuMicroseconds} us CPU each`);
}
if (runs('memory')) {
  say('memory: 2,000 legs on hold, ended, and 40 s after ...');
  const figures = await memory(1_000);
  report.memory = figures;
  const {
    residentKiBPerLeg,
    residentKiBPerEarlyLeg,
    heapKiBPerLeg,
    collectedKiBPerLeg,
    lingeringKiBPerCall,
    leftKiBPerCall,
    sippKiBPerLeg,
    holders,
    lingering,
  } = figures;
  say(
    `  per idle leg                 ${residentKiBPerLeg} KiB resident (${residentKiBPerEarlyLeg} KiB in the first half), after collecting garbage ${collectedKiBPerLeg} KiB, ${heapKiBPerLeg} KiB of it in the heap`,
  );
  say(`  SIPp, per leg it answered    ${sippKiBPerLeg} KiB resident, without media`);
  say(`  per call that has ended      ${lingeringKiBPerCall} KiB at once, ${leftKiBPerCall} KiB after 40 s`);
  for (const [title, grown] of Object.entries({ 'idle leg': holders, 'ended call': lingering }))
    for (const { holder, bytes, objects } of grown.slice(0, 5))
      say(`    ${title}: ${bytes} bytes in ${objects} ${holder}`);
}
if (runs('parser')) {
  const figures = parser(4);
  report.parser = figures;
  say(
    `parser: ${figures.invitesPerSecond} INVITEs of ${figures.octets} octets a second on one core, ${figures.microsecondsEach} us each; ${figures.peer.name} ${figures.peer.microsecondsEach} us`,
  );
}
if (runs('start')) {
  say('start: 100,000 calls in the database, 5 times ...');
  const figures = await start(100_000, 5);
  report.start = figures;
  const { existing, postgres = 'not tried', empty, node } = figures;
  say(
    `  to ready                     ${existing} ms on SQLite, ${postgres} ms on PostgreSQL, ${empty} ms with an empty directory; node -e 0 takes ${node} ms`,
  );
}
if (runs('api')) {
  say('api: signed click2Call requests, answered after their durable insert ...');
  const figures = await api(4);
  report.api = figures;
  for (const [database, { platform, closingPerSecond, oneByOnePerSecond, prototype }] of Object.entries(
    figures,
  )) {
    const { p50, p99, max, perSecond } = platform.halfLoad;
    say(`  ${database}`);
    say(
      `    requests per second        ${platform.perSecond}, p99 ${platform.p99Busy} ms, CPU ${platform.cpuMicrosecondsPerRequest} us each, refused ${platform.refused}`,
    );
    say(`    connections closed         ${closingPerSecond}`);
    say(`    one commit each            ${oneByOnePerSecond}`);
    say(`    at 4,000 a second          ${perSecond}: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
    say(
      `    bare fastify and insert    ${prototype.perSecond}; one commit each ${prototype.oneByOnePerSecond}`,
    );
  }
}
if (runs('console')) {
  say('console: 1,000 live sandbox calls, 10 of them with sound, 5 more come and go a second ...');
  const figures = await consoleFigures(1_000, 10, 5, 12);
  report.console = figures;
  for (const [action, { clicks, p50, p99, max }] of Object.entries({
    ...figures.byAction,
    'all of them': figures.all,
  })) {
    say(`  ${action.padEnd(30)} ${clicks} times, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
  }
  say(
    `  shown at the end               ${figures.shown}; the platform used ${figures.platformCpuPerCent} % of a core`,
  );
}
console.log(JSON.stringify(report, null, 2));
