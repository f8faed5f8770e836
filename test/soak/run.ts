/**
 * `npm run soak [-- --minutes 30 --only crash,drain --database postgres --kills 100 --up 200 --outages 40 --calls 100000 --seed 1]`: what only time
 * brings out. Progress goes to standard error, with a table at the end; the report goes to standard output as JSON. Exits
 * with 1 when anything was lost.
 */
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import { drain } from './drain.ts';
import { flood } from './flood.ts';
import { fuzzing } from './fuzz.ts';
import { outage } from './outage.ts';
import { outbox } from './outbox.ts';
import type { SoakPart, SoakReport } from './part.ts';
import { resources } from './resources.ts';

const parts: readonly SoakPart[] = [crash, drain, outage, outbox, resources, flood, fuzzing];

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) refuse(`--${name} is '${text}'; give it a number above 0`);
  return value;
}

const USAGE = `npm run soak -- [--only PART,...] [--minutes N] [--database sqlite|postgres] [--kills N] [--up N] [--outages N] [--calls N] [--seed N]

${parts.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`).join('\n')}

  --minutes   for all parts that run together, in equal shares; without it each has its own length
  --kills     of the crash part (100)
  --up        calls held before each of these kills, or placed at once before each stop of the drain part
  --outages   of the outage part (40)
  --calls     of the resources part (100000)`;

/** Refuses options that there are not. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${USAGE}`);
  }
}

const { values } = parsed(() =>
  parseArgs({
    options: {
      help: { type: 'boolean' },
      minutes: { type: 'string' },
      only: { type: 'string' },
      database: { type: 'string', default: 'sqlite' },
      kills: { type: 'string', default: '100' },
      up: { type: 'string' },
      outages: { type: 'string', default: '40' },
      calls: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
    },
  }),
);
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const names = values.only?.split(',') ?? parts.map(({ name }) => name);
const unknown = names.find((name) => !parts.some((part) => part.name === name));
if (unknown !== undefined)
  refuse(`there is no part '${unknown}'; there are: ${parts.map(({ name }) => name).join(', ')}`);
const { database } = values;
if (database !== 'sqlite' && database !== 'postgres')
  refuse(`--database is '${database}'; there are: sqlite, postgres`);
const selected = parts.filter(({ name }) => names.includes(name));
const minutes = values.minutes === undefined ? undefined : count('minutes', values.minutes);
const options = {
  seconds: minutes === undefined ? undefined : (minutes * 60) / selected.length,
  seed: count('seed', values.seed),
  database,
  kills: count('kills', values.kills),
  up: values.up === undefined ? undefined : count('up', values.up),
  outages: count('outages', values.outages),
  calls: count('calls', values.calls),
} as const;

const reports: Record<string, SoakReport & { readonly seconds: number }> = {};
for (const { name, what, run } of selected) {
  console.error(`${name}: ${what}`);
  const since = performance.now();
  const report = await run(options, (progress) => console.error(`  ${progress}`));
  reports[name] = { ...report, seconds: Math.round((performance.now() - since) / 1_000) };
}

const machine = {
  processor: cpus()[0]?.model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
};
const at = new Date().toISOString();
console.log(JSON.stringify({ at, machine, node: process.versions.node, options, reports }, null, 2));

const row = (name: string, kind: string, what: string, value: number | string): void =>
  console.error(`  ${name.padEnd(10)} ${kind.padEnd(9)} ${what.padEnd(44)} ${value}`);
console.error('');
let losses = 0;
for (const [name, { tried, lost, measured = {}, examples = [] }] of Object.entries(reports)) {
  for (const [what, value] of Object.entries(tried)) row(name, 'tried', what, value);
  for (const [what, value] of Object.entries(lost)) row(name, 'lost', what, value);
  for (const [what, value] of Object.entries(measured)) row(name, 'measured', what, value);
  for (const example of examples) row(name, 'example', example, '');
  losses += Object.values(lost).reduce((sum, value) => sum + value, 0);
}
process.exit(losses > 0 ? 1 : 0);
