import { Command } from 'commander';
import type { BarredNumberView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';

interface RoleOptions extends ClientOptions {
  readonly caller?: boolean;
  readonly note?: string;
}

const NUMBER = 'in global format; +86135* is every number that begins so';

const pathOf = (number: string, { caller }: RoleOptions): string =>
  `/barred-numbers/${caller ? 'caller' : 'callee'}/${encodeURIComponent(number)}`;

const add = clientCommand('add', 'a number that is not called any more (7004)')
  .argument('<NUMBER>', NUMBER)
  .option('--caller', 'a caller of callbacks instead')
  .option('--note <TEXT>', 'why')
  .action(async (number: string, options: RoleOptions) => {
    const entry = await clientOf(options).put<BarredNumberView>(pathOf(number, options), {
      note: options.note,
    });
    result(options.json, entry, () => [`${entry.number} is barred as ${entry.role}.`]);
  });

const list = clientCommand('list', 'the black lists').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ numbers: BarredNumberView[] }>('/barred-numbers');
  const rows = document.numbers.map(({ role, number, account = '', since, note = '' }) => [
    role,
    number,
    account,
    since,
    note,
  ]);
  result(options.json, document, () => table(['as', 'number', 'account', 'since (UTC)', 'note'], rows));
});

const remove = clientCommand('remove', 'take a number off a black list')
  .argument('<NUMBER>', NUMBER)
  .option('--caller', 'off that of callers')
  .action(async (number: string, options: RoleOptions) => {
    await clientOf(options).delete(pathOf(number, options));
    result(options.json, { number, removed: true }, () => [`${number} is barred no more.`]);
  });

export function blacklistCommand(): Command {
  const group = new Command('blacklist').description('numbers that are not called, and callers not served');
  for (const command of [add, list, remove]) group.addCommand(command);
  return group;
}
