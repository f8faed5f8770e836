import { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { readAdminFile } from '../admin-file.ts';
import { CliFailure } from '../failure.ts';
import { result } from '../output.ts';
import { ownFetch } from '../own-fetch.ts';
import { withSettings } from '../serve-options.ts';
import { bad, type Finding, good } from './check.ts';
import { checkPorts } from './ports.ts';
import { checkSpeech } from './speech.ts';
import { checkDatabase, checkDataDirectory } from './storage.ts';
import { checkTrunks } from './trunks.ts';

interface Readiness {
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly problem?: string }[];
}

/** ms for the running server to say that it is ready. */
const PATIENCE = 3_000;

/** What the server that runs with this data directory says of itself; undefined when none runs. */
async function askRunningServer({ data }: Config): Promise<Finding[] | undefined> {
  const running = readAdminFile(data);
  if (running === undefined) return undefined;
  try {
    const reach = await ownFetch(running.certificate);
    const response = await reach(`${running.url}/readyz`, { signal: AbortSignal.timeout(PATIENCE) });
    const { checks } = (await response.json()) as Readiness;
    return [
      good('server', `runs at ${running.url}`),
      ...checks.map(({ name, ok, problem = '' }) =>
        ok ? good(`server ${name}`, 'ready') : bad(`server ${name}`, problem, "see the server's log"),
      ),
    ];
  } catch {
    return undefined;
  }
}

function checkRuntime(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? good('node', process.versions.node)
    : bad('node', process.versions.node, 'run with Node 24 or later');
}

async function checkMediaDriver({ mediaDriver }: Config): Promise<Finding> {
  const { probeDriver } = await import('../../main.ts');
  try {
    const { name, reason } = await probeDriver(mediaDriver);
    return good('media driver', reason === undefined ? name : `${name}, not direct: ${reason}`);
  } catch (error) {
    return bad('media driver', (error as Error).message, 'set --media-driver to auto or dgram');
  }
}

async function examine(config: Config): Promise<Finding[]> {
  const findings = [
    checkRuntime(),
    good('configuration', 'every setting is valid'),
    checkDataDirectory(config),
  ];
  findings.push(await checkDatabase(config));
  findings.push(await checkMediaDriver(config));
  findings.push(...(await checkSpeech(config)));
  const running = await askRunningServer(config);
  const ports = running ?? (await checkPorts(config));
  findings.push(...ports);
  const sipPortIsFree = running === undefined && ports.every(({ name, ok }) => !name.startsWith('sip') || ok);
  findings.push(...(await checkTrunks(config, running !== undefined, sipPortIsFree)));
  return findings;
}

function lines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.flatMap(({ name, ok, note, detail, remedy }) => [
    `${ok ? (note ? 'note' : 'ok  ') : 'FAIL'}  ${name.padEnd(width)}  ${detail}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 8)}-> ${remedy}`]),
  ]);
}

async function doctor({ json, ...flags }: { readonly json?: boolean }): Promise<void> {
  const checks = await examine(loadConfig({ flags }));
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    result(json, { ok: true, checks }, () => [...lines(checks), '', 'Calls can be made.']);
    return;
  }
  if (!json) result(false, undefined, () => [...lines(checks), '']);
  const names = failed.map(({ name }) => name).join(', ');
  throw new CliFailure(`Not all is well: ${names}. The remedies stand above.`, { ok: false, checks });
}

export function doctorCommand(): Command {
  return withSettings(
    new Command('doctor').description(
      'say why calls would fail: settings, ports, disk, database, speech, trunk',
    ),
  )
    .option('--json', 'print one JSON document')
    .action(doctor);
}
