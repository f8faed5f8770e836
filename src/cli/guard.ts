import { Command, Option } from 'commander';
import type { GuardView, PriceView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { amount, wholeNumber } from './values.ts';

interface GuardOptions extends ClientOptions {
  readonly app: string;
  readonly calls?: string;
  readonly coolDown?: number;
  readonly prefixDigits?: number;
  readonly velocity?: number;
  readonly velocityWithin: number;
  readonly completion?: number;
  readonly completionWithin: number;
  readonly sample?: number;
  readonly countries?: string[];
  readonly budget?: number;
  readonly timeZone?: string;
}

const pathOf = (appKey: string): string => `/guards/${encodeURIComponent(appKey)}`;

/** What is guarded, in a few words. */
function checksOf({
  coolDown,
  velocity,
  completion,
  countries,
  dailyBudget,
  prefixDigits,
}: GuardView): string {
  const parts: string[] = [];
  if (coolDown !== undefined) parts.push(`${coolDown} s between calls to a callee`);
  if (velocity !== undefined)
    parts.push(`${velocity.calls} calls to ${prefixDigits} digits in ${velocity.within} s`);
  if (completion !== undefined) parts.push(`${completion.percent} % answered in ${completion.within} s`);
  if (countries !== undefined) parts.push(`only ${countries.join(' ')}`);
  if (dailyBudget !== undefined) parts.push(`${dailyBudget} a day`);
  return parts.join(', ');
}

const spentOf = ({ spent }: GuardView): string =>
  spent.map(({ appKey, cost }) => `${appKey} ${cost}`).join(', ');

const set = clientCommand('set', 'guard an application; what is not named is not looked at')
  .option('--app <KEY>', 'the application; * is each that has no guard of its own', '*')
  .addOption(new Option('--calls <WHICH>', 'which calls [verification]').choices(['verification', 'all']))
  .option('--cool-down <SECONDS>', 'between two calls to one callee', wholeNumber)
  .option('--prefix-digits <N>', 'digits of a number that make its prefix [7]', wholeNumber)
  .option('--velocity <N>', 'calls to one prefix within a time', wholeNumber)
  .option('--velocity-within <SECONDS>', 'that time', wholeNumber, 3_600)
  .option('--completion <PERCENT>', 'of the calls to one prefix that are answered at least', wholeNumber)
  .option('--completion-within <SECONDS>', 'of which time', wholeNumber, 3_600)
  .option('--sample <N>', 'calls from which on that is judged [20]', wholeNumber)
  .option('--countries <CODES...>', 'two letters each: only these are called')
  .option('--budget <AMOUNT>', "what a day's calls may cost, by the prices that are set", amount)
  .option('--time-zone <ZONE>', 'of days, such as Asia/Shanghai [UTC]')
  .action(async (options: GuardOptions) => {
    const { velocity, completion } = options;
    const guard = await clientOf(options).put<GuardView>(pathOf(options.app), {
      calls: options.calls,
      coolDown: options.coolDown,
      prefixDigits: options.prefixDigits,
      velocity: velocity === undefined ? undefined : { calls: velocity, within: options.velocityWithin },
      completion:
        completion === undefined
          ? undefined
          : { percent: completion, sample: options.sample, within: options.completionWithin },
      countries: options.countries,
      dailyBudget: options.budget,
      timeZone: options.timeZone,
    });
    result(options.json, guard, () =>
      facts([
        ['guard of', guard.appKey],
        ['set by', guard.account ?? 'the operator'],
        ['calls', guard.calls],
        ['checks', checksOf(guard)],
      ]),
    );
  });

const list = clientCommand('list', 'all guards, and what was spent today').action(
  async (options: ClientOptions) => {
    const document = await clientOf(options).get<{ guards: GuardView[] }>('/guards');
    const rows = document.guards.map((guard) => [
      guard.appKey,
      guard.account ?? '',
      guard.calls,
      checksOf(guard),
      spentOf(guard),
    ]);
    const head = ['app key', 'account', 'calls', 'checks', 'spent today'];
    result(options.json, document, () => table(head, rows));
  },
);

const remove = clientCommand('remove', 'remove a guard')
  .option('--app <KEY>', 'of this application', '*')
  .action(async (options: GuardOptions) => {
    await clientOf(options).delete(pathOf(options.app));
    const document = { appKey: options.app, removed: true };
    result(options.json, document, () => [`${options.app} is guarded no more.`]);
  });

export function guardCommand(): Command {
  const group = new Command('guard').description('guards of applications that send codes to strangers');
  for (const command of [set, list, remove]) group.addCommand(command);
  return group;
}

const setPrice = clientCommand('set', 'what a minute to the numbers of a prefix costs')
  .argument('<PREFIX>', 'a plus sign and 1-15 digits')
  .argument('<AMOUNT>', 'of a minute begun', amount)
  .action(async (prefix: string, perMinute: number, options: ClientOptions) => {
    const path = `/prices/${encodeURIComponent(prefix)}`;
    const price = await clientOf(options).put<PriceView>(path, { perMinute });
    result(options.json, price, () => [`A minute to ${price.prefix} costs ${price.perMinute}.`]);
  });

const listPrices = clientCommand('list', 'all prices').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ prices: PriceView[] }>('/prices');
  const rows = document.prices.map(({ prefix, perMinute }) => [prefix, String(perMinute)]);
  result(options.json, document, () => table(['prefix', 'a minute'], rows));
});

const removePrice = clientCommand('remove', 'remove a price')
  .argument('<PREFIX>')
  .action(async (prefix: string, options: ClientOptions) => {
    await clientOf(options).delete(`/prices/${encodeURIComponent(prefix)}`);
    result(options.json, { prefix, removed: true }, () => [`${prefix} has no price any more.`]);
  });

export function priceCommand(): Command {
  const group = new Command('price').description('what minutes cost, for the budgets of guards');
  for (const command of [setPrice, listPrices, removePrice]) group.addCommand(command);
  return group;
}
