import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Platform } from '../main.ts';
import { adminToken, readAdminFile, writeAdminFile } from './admin-file.ts';
import { CliFailure } from './failure.ts';
import { ownFetch } from './own-fetch.ts';
import { facts, note, print } from './output.ts';
import { withSettings } from './serve-options.ts';
import { version } from './version.ts';

/** ms to find out whether a server runs already. */
const LOOK = 1_000;

/** Two servers on one data directory would end each other's calls. */
async function refuseSecondServer(data: string): Promise<void> {
  const running = readAdminFile(data);
  if (running === undefined) return;
  const headers = { authorization: `Bearer ${running.token}` };
  const look = async (): Promise<Response> => {
    const reach = await ownFetch(running.certificate);
    return reach(`${running.url}/admin/v1/phones`, { headers, signal: AbortSignal.timeout(LOOK) });
  };
  const answers = await look().then(
    ({ ok }) => ok,
    () => false,
  );
  if (answers) {
    throw new CliFailure(
      `A server runs with ${data} already, at ${running.url}. Stop it, or give --data another directory.`,
    );
  }
}

/** What is said when the platform cannot start. */
function startFailure(error: unknown, data: string): CliFailure {
  const { code, message, syscall, address, port, path } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'ENOTDIR' || (code === 'EEXIST' && syscall === 'mkdir')) {
    const blocked = path === undefined || path === data ? data : `${path} for ${data}`;
    return new CliFailure(
      `There can be no directory ${blocked}: a file is in its place. Give --data another directory.`,
    );
  }
  const where = port === undefined ? (address ?? 'an address') : `${address}:${port}`;
  if (code === 'EADDRINUSE') {
    return new CliFailure(
      `${where} is in use. Choose another with --http, --sip or --rtp, or port 0 for a free one.`,
    );
  }
  if (code === 'EADDRNOTAVAIL') {
    return new CliFailure(`${where} is no address of this machine. Correct --http, --sip or --rtp.`);
  }
  if (code === 'EACCES') {
    return new CliFailure(
      `${syscall ?? 'access'} of ${where} is not allowed: ${message}. Use a port above 1023 or another directory.`,
    );
  }
  return new CliFailure(`The platform cannot start: ${message}`);
}

async function start(config: Config): Promise<Platform> {
  // Loaded here and not above: no other command needs the platform's code, and each starts faster without it.
  const { startPlatform } = await import('../main.ts');
  const { createLogger } = await import('./logger.ts');
  try {
    await refuseSecondServer(config.data);
    return await startPlatform(config, {
      log: createLogger(config.logLevel),
      version,
      adminToken: adminToken(config.data),
    });
  } catch (error) {
    throw error instanceof CliFailure ? error : startFailure(error, config.data);
  }
}

/** How people start this program: in a clone through npx. */
const program = import.meta.url.includes('/node_modules/') ? 'openvoicecall' : 'npx openvoicecall';

function welcome({ http, sip, sandbox }: Platform, config: Config): string[] {
  const addresses = facts([
    ['Console', http],
    ['SIP', `${sip} (UDP, TCP)`],
    ['App key', sandbox?.appKey],
    ['App secret', sandbox?.appSecret],
  ]);
  const lines = ['', 'OpenVoiceCall is ready.', '', ...addresses.map((line) => `  ${line}`)];
  if (sandbox?.displayNumber === undefined) return [...lines, ''];
  const data = config.data === loadConfig({ env: {} }).data ? '' : ` --data ${config.data}`;
  const call = `call --app ${sandbox.appKey} --display ${sandbox.displayNumber} --from +8613500000001 --to +8613500000015`;
  const ring = ['', 'Ring two phones of the sandbox:', '', `  ${program} ${call} --watch${data}`];
  const { appKey, displayNumber } = sandbox.verification;
  const verify = `verify --app ${appKey} --display ${displayNumber} --to +8613500000001 --code 1234`;
  const read = ['', 'Read a code to one of them:', '', `  ${program} ${verify} --watch${data}`];
  return [...lines, ...ring, ...(displayNumber === undefined ? [] : read), ''];
}

/** ms within which signals count as one: at Ctrl-C a terminal and npm each send theirs. */
const ONE_KEYSTROKE = 500;

/** Listens for SIGTERM and SIGINT from now on: the first asks to stop, a later one to stop at once. */
function stopSignals(): { readonly first: Promise<void>; readonly second: Promise<void> } {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let askedAt: number | undefined;
  const ask = (): void => {
    askedAt ??= Date.now();
    first.resolve();
    if (Date.now() - askedAt > ONE_KEYSTROKE) second.resolve();
  };
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
  return { first: first.promise, second: second.promise };
}

async function serve(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = loadConfig({ flags });
  const platform = await start(config);
  const signals = stopSignals();
  process.on('SIGHUP', () => platform.reload());
  const certificate = config.tls?.cert;
  writeAdminFile(config.data, { url: platform.http, token: platform.adminToken, certificate });
  const { http, sip, mediaDriver, sandbox } = platform;
  print(JSON.stringify({ event: 'ready', http, sip, mediaDriver, version, sandbox }));
  for (const line of welcome(platform, config)) note(line);
  await signals.first;
  note(
    `Stopping: no new calls; running calls may go on for ${config.drainSeconds} s (once more: stop at once).`,
  );
  const unrecorded = await Promise.race([
    platform.drain(config.drainSeconds * 1_000),
    signals.second.then(() => platform.close()),
  ]);
  if (unrecorded > 0) {
    const calls = unrecorded === 1 ? 'One call' : `${unrecorded} calls`;
    throw new CliFailure(
      `${calls} could not be recorded: the database is away. The next start records as much as was stored.`,
    );
  }
}

export function serveCommand(): Command {
  return withSettings(new Command('serve').description('start the platform')).action(serve);
}
