import { Command, InvalidArgumentError, Option } from 'commander';
import { processEnvironment } from '../config/environment.ts';
import type { TrunkCheckView, TrunkView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

const pathOf = (name: string): string => `/trunks/${encodeURIComponent(name)}`;

interface Rewriting {
  readonly from: string;
  readonly to: string;
}

/** What `add` and `update` share. `false` comes from `--no-...`. */
interface TrunkOptions extends ClientOptions {
  readonly address?: string[];
  readonly transport?: string;
  readonly user?: string | false;
  readonly password?: string | false;
  readonly register?: boolean;
  readonly registerExpires?: number;
  readonly prefix?: string[] | false;
  readonly priority?: number;
  readonly weight?: number;
  readonly rewrite?: Rewriting[] | false;
  readonly rewriteCaller?: Rewriting[] | false;
  readonly identity?: string;
  readonly fromUser?: string | false;
  readonly fromDomain?: string | false;
  readonly privacy?: boolean;
  readonly cps?: number;
  readonly calls?: number;
  readonly options?: number;
  readonly responseTimeout?: number;
}

/** `+86=0`: what a number begins with, and what stands there instead. */
function rewriting(text: string, before: Rewriting[] | false = []): Rewriting[] {
  const at = text.indexOf('=');
  if (at < 0) throw new InvalidArgumentError('Write FROM=TO, such as +86=0; TO may be empty.');
  return [...(before || []), { from: text.slice(0, at), to: text.slice(at + 1) }];
}

function withTrunkOptions(command: Command): Command {
  return command
    .addOption(new Option('--transport <WHICH>', 'how it is reached [udp]').choices(['udp', 'tcp', 'tls']))
    .option('--user <NAME>', 'digest user name; without it the carrier knows us by our address')
    .option('--password <SECRET>', 'digest password [OVC_TRUNK_PASSWORD]')
    .option('--register', 'register with its first address')
    .option('--register-expires <SECONDS>', 'how long a registration is asked for [3600]', wholeNumber)
    .option('--prefix <START...>', 'beginnings of the numbers it takes, such as +86 [all]')
    .option('--priority <N>', 'lower ones are tried first [10]', wholeNumber)
    .option('--weight <N>', 'how trunks of one priority share calls [10]', wholeNumber)
    .option('--rewrite <FROM=TO>', 'replace the beginning of the callee; may be repeated', rewriting)
    .option('--rewrite-caller <FROM=TO>', 'the same of the display number', rewriting)
    .addOption(
      new Option('--identity <HEADER>', 'how the display number is asserted [p-asserted-identity]').choices([
        'none',
        'p-asserted-identity',
        'p-preferred-identity',
        'remote-party-id',
      ]),
    )
    .option('--from-user <NAME>', 'in From, in place of the display number')
    .option('--from-domain <HOST>', 'in From and the identity, in place of our address')
    .option('--privacy', 'keep the display number from the callee')
    .option('--cps <N>', 'calls per second; 0: no limit [0]', wholeNumber)
    .option('--calls <N>', 'calls at once; 0: no limit [0]', wholeNumber)
    .option('--options <SECONDS>', 'from OPTIONS to OPTIONS; 0: none are sent [30]', wholeNumber)
    .option('--response-timeout <MS>', 'silence until the next gateway is tried [4000]', wholeNumber);
}

const orNull = (value: string | false | undefined): string | null | undefined =>
  value === false ? null : value;

/** The members of a request; null removes. */
function bodyOf(options: TrunkOptions): object {
  const { user, password, cps, calls, rewrite, rewriteCaller, prefix, address } = options;
  const secret = password ?? (user ? processEnvironment().OVC_TRUNK_PASSWORD : undefined);
  return {
    addresses: address,
    transport: options.transport,
    username: orNull(user),
    password: user === false ? null : orNull(secret),
    register: options.register,
    registerExpires: options.registerExpires,
    prefixes: prefix === false ? [] : prefix,
    priority: options.priority,
    weight: options.weight,
    calleeRewriting: rewrite === false ? [] : rewrite,
    callerRewriting: rewriteCaller === false ? [] : rewriteCaller,
    identity: options.identity,
    fromUser: orNull(options.fromUser),
    fromDomain: orNull(options.fromDomain),
    privacy: options.privacy,
    callsPerSecond: cps,
    maxCalls: calls,
    optionsInterval: options.options,
    responseTimeout: options.responseTimeout,
  };
}

const rules = (given: readonly Rewriting[]): string => given.map(({ from, to }) => `${from}=${to}`).join(' ');

function lines(trunk: TrunkView): string[] {
  const { status } = trunk;
  const registration = [status?.registration, status?.registrationStatus].filter(Boolean).join(' ');
  return [
    ...facts([
      ['name', trunk.name],
      ['set in', trunk.source === 'settings' ? '--trunk' : undefined],
      ['state', trunk.state],
      ['addresses', `${trunk.addresses.join(' ')} over ${trunk.transport}`],
      ['user', trunk.username],
      ['registration', trunk.register ? registration || 'wanted' : undefined],
      ['takes', trunk.prefixes.join(' ') || 'every number'],
      ['priority', `${trunk.priority}, weight ${trunk.weight}`],
      ['callee', rules(trunk.calleeRewriting)],
      ['caller', rules(trunk.callerRewriting)],
      ['identity', `${trunk.identity}${trunk.privacy ? ', kept from the callee' : ''}`],
      ['from', [trunk.fromUser, trunk.fromDomain].filter(Boolean).join('@')],
      ['calls', `${status?.running ?? 0} of ${trunk.maxCalls || 'any number'}`],
      ['per second', trunk.callsPerSecond || 'any number'],
      ['health', status?.state],
    ]),
    ...(status?.gateways ?? []).map(
      ({ gateway, state, optionsStatus, roundTrip }) =>
        `  ${gateway} ${state}${optionsStatus === undefined ? '' : ` (${optionsStatus}, ${roundTrip} ms)`}`,
    ),
  ];
}

const add = withTrunkOptions(
  clientCommand('add', 'add a trunk; calls leave by it at once')
    .argument('<NAME>', 'lower-case letters, digits, hyphens')
    .requiredOption(
      '--address <ADDRESS...>',
      'HOST or HOST:PORT of its gateways, best first; a name without a port may have SRV records',
    ),
).action(async (name: string, options: TrunkOptions) => {
  const trunk = await clientOf(options).post<TrunkView>('/trunks', { name, ...bodyOf(options) });
  result(options.json, trunk, () => lines(trunk));
});

const update = withTrunkOptions(
  clientCommand('update', 'change a trunk, at once; calls that run go on')
    .argument('<NAME>')
    .option('--address <ADDRESS...>', 'HOST or HOST:PORT of its gateways, best first'),
)
  .option('--no-user', 'no credentials any more')
  .option('--no-register', 'do not register any more')
  .option('--no-prefix', 'take every number')
  .option('--no-rewrite', 'leave callees as they are')
  .option('--no-rewrite-caller', 'leave display numbers as they are')
  .option('--no-from-user', 'the display number in From')
  .option('--no-from-domain', 'our address in From')
  .option('--no-privacy', 'show the display number to the callee')
  .action(async (name: string, options: TrunkOptions) => {
    const trunk = await clientOf(options).patch<TrunkView>(pathOf(name), bodyOf(options));
    result(options.json, trunk, () => lines(trunk));
  });

const list = clientCommand('list', 'all trunks').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ trunks: TrunkView[] }>('/trunks');
  const rows = document.trunks.map((trunk) => [
    trunk.name,
    trunk.state,
    trunk.status?.state ?? '',
    String(trunk.priority),
    String(trunk.status?.running ?? ''),
    trunk.prefixes.join(' '),
    `${trunk.transport} ${trunk.addresses.join(' ')}`,
  ]);
  result(options.json, document, () =>
    table(['name', 'state', 'health', 'priority', 'calls', 'takes', 'addresses'], rows),
  );
});

const show = clientCommand('show', 'one trunk, and how it stands')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    const trunk = await clientOf(options).get<TrunkView>(pathOf(name));
    result(options.json, trunk, () => lines(trunk));
  });

function stateCommand(name: string, description: string, state: string): Command {
  return clientCommand(name, description)
    .argument('<NAME>')
    .action(async (trunkName: string, options: ClientOptions) => {
      const trunk = await clientOf(options).patch<TrunkView>(pathOf(trunkName), { state });
      result(options.json, trunk, () => lines(trunk));
    });
}

const suspend = stateCommand('suspend', 'no new calls by it; those that run go on', 'suspended');
const resume = stateCommand('resume', 'let calls leave by it again', 'in-use');

const remove = clientCommand('remove', 'remove a trunk; calls that run go on')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    await clientOf(options).delete(pathOf(name));
    result(options.json, { name, removed: true }, () => [`${name} is removed.`]);
  });

const check = clientCommand('check', 'say why calls through a trunk would fail')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    const found = await clientOf(options).post<TrunkCheckView>(`${pathOf(name)}/check`);
    const shown = found.checks.flatMap(({ name: what, ok, note, detail, remedy }) => [
      `${ok ? (note ? 'note' : 'ok  ') : 'FAIL'}  ${what}: ${detail}`,
      ...(remedy === undefined ? [] : [`      -> ${remedy}`]),
    ]);
    if (found.ok) return result(options.json, found, () => shown);
    if (!options.json) result(false, undefined, () => shown);
    const failed = found.checks.filter(({ ok }) => !ok).map(({ name: what }) => what);
    throw new CliFailure(`Not all is well: ${failed.join(', ')}. The remedies stand above.`, { ...found });
  });

export function trunkCommand(): Command {
  const group = new Command('trunk').description('the carriers that calls leave by');
  for (const command of [add, list, show, update, suspend, resume, remove, check]) group.addCommand(command);
  return group;
}
