import { Command, Option } from 'commander';
import type { AppView, CreatedAppView, ListedLimitView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

/** What `create` and `update` share. `false` comes from `--no-...`. */
interface AppOptions extends ClientOptions {
  readonly name?: string;
  readonly capability?: string;
  readonly recording?: boolean;
  readonly recordingPrompt?: string | false;
  readonly statusUrl?: string | false;
  readonly feeUrl?: string | false;
  readonly ports?: number;
  readonly cps?: number;
  readonly pushSignature?: string;
  readonly allow?: string[] | false;
}

const pathOf = (appKey: string): string => `/apps/${encodeURIComponent(appKey)}`;

function lines(app: AppView & { readonly appSecret?: string }): string[] {
  return facts([
    ['app key', app.appKey],
    ['app secret', app.appSecret],
    ['old secret works until', app.previousSecretValidUntil],
    ['name', app.name],
    ['capability', app.capability],
    ['state', app.state],
    ['recording', app.recording ? 'on' : 'off'],
    ['recording prompt', app.recordingPrompt],
    ['status URL', app.statusUrl],
    ['CDR URL', app.feeUrl],
    ['push signature', app.pushSignature],
    ['ports', app.ports],
    ['allowed from', app.allowedAddresses.join(', ') || 'anywhere'],
    ['created', app.createdAt],
  ]);
}

function withAppOptions(command: Command): Command {
  return command
    .option('--recording', 'calls may be recorded (callback only)')
    .option(
      '--recording-prompt <NAME>',
      'the approved voice file played before a recording, or none; a request may name another',
    )
    .option('--status-url <URL>', 'where status events are pushed')
    .option('--fee-url <URL>', 'where CDRs are pushed')
    .option('--ports <N>', 'calls at once', wholeNumber)
    .option('--cps <N>', 'calls per second, as limit set app KEY --per-second; 0: no limit', wholeNumber)
    .addOption(
      new Option('--push-signature <FORM>', 'how the digest of pushes is formed').choices([
        'newline',
        'concatenated',
        'none',
      ]),
    )
    .option('--allow <ADDRESS...>', 'addresses or CIDR blocks that requests may come from');
}

/** The members of a request; `null` removes. */
function bodyOf(given: AppOptions): object {
  const { data: _data, json: _json, account: _account, cps: _cps, allow, ...options } = given;
  return {
    ...options,
    recordingPrompt: options.recordingPrompt === false ? null : options.recordingPrompt,
    statusUrl: options.statusUrl === false ? null : options.statusUrl,
    feeUrl: options.feeUrl === false ? null : options.feeUrl,
    allowedAddresses: allow === false ? [] : allow,
  };
}

/** Sets the calls per second of the application's limit, and leaves what else it limits. */
async function limitCalls(appKey: string, { cps, ...options }: AppOptions): Promise<void> {
  if (cps === undefined) return;
  const client = clientOf(options);
  const path = `/limits/app/${encodeURIComponent(appKey)}`;
  const { limits } = await client.get<{ limits: ListedLimitView[] }>('/limits');
  const known = limits.find(({ scope, subject }) => scope === 'app' && subject === appKey);
  const {
    scope: _scope,
    subject: _subject,
    account: _account,
    since: _since,
    subjects: _subjects,
    nearest: _nearest,
    ...amounts
  }: Partial<ListedLimitView> = known ?? {};
  const wanted = { ...amounts, callsPerSecond: cps === 0 ? undefined : cps };
  const { timeZone: _zone, excess: _excess, longestWait: _wait, longestQueue: _queue, ...limited } = wanted;
  if (Object.values(limited).some((amount) => amount !== undefined)) await client.put(path, wanted);
  else if (known !== undefined) await client.delete(path);
}

const create = withAppOptions(
  clientCommand('create', 'create an application; its secret is shown only now')
    .requiredOption('--name <NAME>', 'what you call it')
    .addOption(
      new Option('--capability <CAPABILITY>', 'what it may do; cannot be changed')
        .choices(['callback', 'notification', 'verification'])
        .makeOptionMandatory(),
    ),
).action(async (options: AppOptions) => {
  const app = await clientOf(options).post<CreatedAppView>('/apps', bodyOf(options));
  await limitCalls(app.appKey, options);
  result(options.json, app, () => lines(app));
});

const list = clientCommand('list', 'all applications').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ apps: AppView[] }>('/apps');
  const rows = document.apps.map((app) => [
    app.appKey,
    app.name,
    app.capability,
    app.state,
    String(app.ports),
    app.sandbox ? 'sandbox' : '',
  ]);
  result(options.json, document, () => table(['app key', 'name', 'capability', 'state', 'ports', ''], rows));
});

const show = clientCommand('show', 'one application')
  .argument('<KEY>')
  .action(async (appKey: string, options: ClientOptions) => {
    const app = await clientOf(options).get<AppView>(pathOf(appKey));
    result(options.json, app, () => lines(app));
  });

async function change(appKey: string, body: object, options: ClientOptions): Promise<void> {
  const app = await clientOf(options).patch<AppView>(pathOf(appKey), body);
  result(options.json, app, () => lines(app));
}

const update = withAppOptions(
  clientCommand('update', 'change an application; what is not named stays').argument('<KEY>'),
)
  .option('--name <NAME>', 'what you call it')
  .option('--no-recording', 'calls are not recorded')
  .option('--no-recording-prompt', 'the platform’s own words before a recording')
  .option('--no-status-url', 'push no status events, unless a request asks for it')
  .option('--no-fee-url', 'push no CDRs, unless a request asks for it')
  .option('--no-allow', 'requests may come from anywhere')
  .action(async (appKey: string, options: AppOptions) => {
    await limitCalls(appKey, options);
    await change(appKey, bodyOf(options), options);
  });

const suspend = clientCommand('suspend', 'refuse the calls of an application (1010008)')
  .argument('<KEY>')
  .action((appKey: string, options: ClientOptions) => change(appKey, { state: 'suspended' }, options));

const resume = clientCommand('resume', 'take calls of an application again')
  .argument('<KEY>')
  .action((appKey: string, options: ClientOptions) => change(appKey, { state: 'active' }, options));

const secret = clientCommand('secret', 'give an application a new secret, which is shown only now')
  .argument('<KEY>')
  .requiredOption('--renew', 'yes, a new one')
  .option(
    '--grace <SECONDS>',
    'how long the old one works on; 0: not at all [--secret-grace of serve]',
    wholeNumber,
  )
  .action(async (appKey: string, options: ClientOptions & { grace?: number }) => {
    const body = { graceSeconds: options.grace };
    const app = await clientOf(options).post<CreatedAppView>(`${pathOf(appKey)}/secret`, body);
    result(options.json, app, () => lines(app));
  });

export function appCommand(): Command {
  const group = new Command('app').description('applications');
  for (const command of [create, list, show, update, suspend, resume, secret]) group.addCommand(command);
  return group;
}
