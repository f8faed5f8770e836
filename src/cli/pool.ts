import { Command, Option } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface PoolView {
  readonly appKey: string;
  readonly name: string;
  readonly numbers: readonly string[];
  readonly choice: string;
  readonly callsPerDay?: number;
  readonly concurrentCalls?: number;
  readonly timeZone: string;
}

interface UsedPoolView extends PoolView {
  readonly use: readonly { readonly number: string; readonly today: number; readonly running: number }[];
}

type PoolOptions = ClientOptions & { readonly app: string };

const pathOf = (appKey: string, name: string): string =>
  `/apps/${encodeURIComponent(appKey)}/pools/${encodeURIComponent(name)}`;

const lines = (pool: PoolView): string[] =>
  facts([
    ['pool', pool.name],
    ['app key', pool.appKey],
    ['choice', pool.choice],
    ['calls a day of each number', pool.callsPerDay],
    ['calls at once of each number', pool.concurrentCalls],
    ['time zone', pool.timeZone],
    ['numbers', pool.numbers.join(', ')],
  ]);

const set = clientCommand('set', 'let numbers of an application share calls')
  .argument('<NAME>', '1-64 lower-case letters, digits and hyphens')
  .requiredOption('--app <KEY>', 'the application')
  .requiredOption('--numbers <NUMBERS...>', 'display numbers of the application')
  .addOption(
    new Option(
      '--choice <HOW>',
      'sticky: a phone sees the same number each time; rotating: the one longest unused',
    )
      .choices(['sticky', 'rotating'])
      .default('sticky'),
  )
  .option('--calls-per-day <N>', 'of each number at most', wholeNumber)
  .option('--concurrent-calls <N>', 'of each number at most', wholeNumber)
  .option('--time-zone <ZONE>', 'whose days are counted', 'Asia/Shanghai')
  .action(async (name: string, { app, data, json, account, ...pool }: PoolOptions & { choice: string }) => {
    const view = await clientOf({ data, account }).put<PoolView>(pathOf(app, name), pool);
    result(json, view, () => lines(view));
  });

const list = clientCommand('list', 'all pools of numbers, or those of one application')
  .option('--app <KEY>', 'only those of this application')
  .action(async (options: ClientOptions & { app?: string }) => {
    const document = await clientOf(options).get<{ pools: PoolView[] }>('/pools', { appKey: options.app });
    const rows = document.pools.map(({ name, appKey, choice, numbers }) => [
      name,
      appKey,
      choice,
      String(numbers.length),
    ]);
    result(options.json, document, () => table(['pool', 'app key', 'choice', 'numbers'], rows));
  });

const show = clientCommand('show', 'one pool, and how much its numbers are used')
  .argument('<NAME>')
  .requiredOption('--app <KEY>', 'the application')
  .action(async (name: string, options: PoolOptions) => {
    const pool = await clientOf(options).get<UsedPoolView>(pathOf(options.app, name));
    const rows = pool.use.map(({ number, today, running }) => [number, String(today), String(running)]);
    result(options.json, pool, () => [...lines(pool), '', ...table(['number', 'today', 'running'], rows)]);
  });

const remove = clientCommand('remove', 'remove a pool; its numbers stay')
  .argument('<NAME>')
  .requiredOption('--app <KEY>', 'the application')
  .action(async (name: string, options: PoolOptions) => {
    await clientOf(options).delete(pathOf(options.app, name));
    result(options.json, { name, removed: true }, () => [`The pool ${name} is removed.`]);
  });

export function poolCommand(): Command {
  const group = new Command('pool').description('display numbers that calls share');
  for (const command of [set, list, show, remove]) group.addCommand(command);
  return group;
}
