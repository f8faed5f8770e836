import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { BlockedAddressView, LimitUseView, LimitView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface SetOptions extends ClientOptions {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perDay?: number;
  readonly concurrent?: number;
  readonly ports?: number;
  readonly requestsPerMinute?: number;
  readonly quiet?: { readonly from: string; readonly to: string };
  readonly timeZone?: string;
  readonly excess?: string;
  readonly wait?: number;
  readonly queue?: number;
}

const pathOf = (scope: string, subject: string): string => `/limits/${scope}/${encodeURIComponent(subject)}`;

/** `22:00-08:00`. */
function quietHours(text: string): { from: string; to: string } {
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) throw new InvalidArgumentError('It is like 22:00-08:00.');
  return { from, to };
}

/** What is limited, in a few words. */
function amountsOf(limit: LimitView): string {
  const { quietHours: quiet, excess, longestWait } = limit;
  const amounts: [string, number | undefined][] = [
    ['/s', limit.callsPerSecond],
    ['/min', limit.callsPerMinute],
    ['/day', limit.callsPerDay],
    [' at once', limit.concurrentCalls],
    [' ports', limit.voicePorts],
    [' requests/min', limit.requestsPerMinute],
  ];
  const parts = amounts.flatMap(([unit, amount]) => (amount === undefined ? [] : [`${amount}${unit}`]));
  if (quiet !== undefined) parts.push(`quiet ${quiet.from}-${quiet.to} ${limit.timeZone}`);
  if (excess === 'queue') parts.push(`excess waits ${longestWait} s`);
  return parts.join(', ');
}

const lines = (limit: LimitView): string[] =>
  facts([
    ['limit', `${limit.scope} ${limit.subject}`],
    ['set by', limit.account ?? 'the operator'],
    ['amounts', amountsOf(limit)],
    ['time zone', limit.timeZone],
    ['counts since', limit.since],
  ]);

const scope = (): Argument =>
  new Argument('<SCOPE>', 'whose calls are counted').choices([
    'platform',
    'trunk',
    'account',
    'app',
    'number',
    'callee',
  ]);
const SUBJECT = 'a trunk, an account, an app key, a number; * for each that has no limit of its own';

const set = clientCommand('set', 'set a limit; what is not named is not limited')
  .addArgument(scope())
  .argument('[SUBJECT]', SUBJECT, '*')
  .option('--per-second <N>', 'calls in any second', wholeNumber)
  .option('--per-minute <N>', 'calls in any minute', wholeNumber)
  .option('--per-day <N>', 'calls in a day of the time zone', wholeNumber)
  .option('--concurrent <N>', 'calls at once', wholeNumber)
  .option('--ports <N>', 'voice ports at once', wholeNumber)
  .option('--requests-per-minute <N>', 'requests to the API in any minute', wholeNumber)
  .option('--quiet <HH:MM-HH:MM>', 'no calls from one time of day to the other', quietHours)
  .option('--time-zone <ZONE>', 'of days and quiet hours, such as Asia/Shanghai [UTC]')
  .addOption(
    new Option(
      '--excess <WHAT>',
      'what becomes of calls beyond those of a second or minute [refuse]',
    ).choices(['refuse', 'queue']),
  )
  .option('--wait <SECONDS>', 'how long a call waits at most [300]', wholeNumber)
  .option('--queue <N>', 'how many calls wait at most [1000]', wholeNumber)
  .action(async (of: string, subject: string, options: SetOptions) => {
    const limit = await clientOf(options).put<LimitView>(pathOf(of, subject), {
      callsPerSecond: options.perSecond,
      callsPerMinute: options.perMinute,
      callsPerDay: options.perDay,
      concurrentCalls: options.concurrent,
      voicePorts: options.ports,
      requestsPerMinute: options.requestsPerMinute,
      quietHours: options.quiet,
      timeZone: options.timeZone,
      excess: options.excess,
      longestWait: options.wait,
      longestQueue: options.queue,
    });
    result(options.json, limit, () => lines(limit));
  });

const list = clientCommand('list', 'all limits').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ limits: LimitView[] }>('/limits');
  const rows = document.limits.map((limit) => [
    limit.scope,
    limit.subject,
    limit.account ?? '',
    amountsOf(limit),
  ]);
  result(options.json, document, () => table(['scope', 'subject', 'account', 'amounts'], rows));
});

const show = clientCommand('show', 'one limit, and what it counted')
  .addArgument(scope())
  .argument('[SUBJECT]', SUBJECT, '*')
  .action(async (of: string, subject: string, options: ClientOptions) => {
    const limit = await clientOf(options).get<LimitView & { use: LimitUseView[] }>(pathOf(of, subject));
    const rows = limit.use.map(
      ({ subject, lastSecond, lastMinute, today, running, voicePorts, waiting, requestsLastMinute }) =>
        [subject, lastSecond, lastMinute, today, running, voicePorts, waiting, requestsLastMinute].map(
          String,
        ),
    );
    const head = [
      'subject',
      'this second',
      'this minute',
      'today',
      'running',
      'ports',
      'waiting',
      'requests',
    ];
    result(options.json, limit, () => [
      ...lines(limit),
      ...(rows.length > 0 ? ['', ...table(head, rows)] : []),
    ]);
  });

const remove = clientCommand('remove', 'remove a limit')
  .addArgument(scope())
  .argument('[SUBJECT]', SUBJECT, '*')
  .action(async (of: string, subject: string, options: ClientOptions) => {
    await clientOf(options).delete(pathOf(of, subject));
    result(options.json, { scope: of, subject, removed: true }, () => [
      `${of} ${subject} is limited no more.`,
    ]);
  });

const blocked = clientCommand('blocked', 'addresses refused because of their authentication failures').action(
  async (options: ClientOptions) => {
    const document = await clientOf(options).get<{ addresses: BlockedAddressView[] }>('/blocked-addresses');
    const rows = document.addresses.map(({ address, until }) => [address, until]);
    result(options.json, document, () => table(['address', 'until (UTC)'], rows));
  },
);

const unblock = clientCommand('unblock', 'serve an address again')
  .argument('<ADDRESS>', 'an IP address, or the /64 of one as blocked shows it')
  .action(async (address: string, options: ClientOptions) => {
    await clientOf(options).delete(`/blocked-addresses/${encodeURIComponent(address)}`);
    result(options.json, { address, unblocked: true }, () => [`${address} is served again.`]);
  });

export function limitCommand(): Command {
  const group = new Command('limit').description('how often and how many calls there may be');
  for (const command of [set, list, show, remove, blocked, unblock]) group.addCommand(command);
  return group;
}
