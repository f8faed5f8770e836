import { Command } from 'commander';
import type { NumberView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';

const pathOf = (number: string): string => `/numbers/${encodeURIComponent(number)}`;

const lines = (entry: NumberView): string[] =>
  facts([
    ['number', entry.number],
    ['app key', entry.appKey],
    ['kind', entry.kind],
    ['state', entry.state],
  ]);

const add = clientCommand('add', 'give a number to an application')
  .argument('<NUMBER>', 'in global format, for example +8675528000001')
  .requiredOption('--app <KEY>', 'the application')
  .option('--service', 'a service number (bindNbr), shown only when no display number is usable')
  .action(async (number: string, options: ClientOptions & { app: string; service?: boolean }) => {
    const body = { number, appKey: options.app, kind: options.service ? 'service' : 'display' };
    const entry = await clientOf(options).post<NumberView>('/numbers', body);
    result(options.json, entry, () => lines(entry));
  });

const list = clientCommand('list', 'all numbers, or those of one application')
  .option('--app <KEY>', 'only those of this application')
  .action(async (options: ClientOptions & { app?: string }) => {
    const document = await clientOf(options).get<{ numbers: NumberView[] }>('/numbers', {
      appKey: options.app,
    });
    const rows = document.numbers.map(({ number, appKey, kind, state }) => [number, appKey, kind, state]);
    result(options.json, document, () => table(['number', 'app key', 'kind', 'state'], rows));
  });

function stateCommand(name: string, description: string, state: string): Command {
  return clientCommand(name, description)
    .argument('<NUMBER>')
    .action(async (number: string, options: ClientOptions) => {
      const entry = await clientOf(options).patch<NumberView>(pathOf(number), { state });
      result(options.json, entry, () => lines(entry));
    });
}

const suspend = stateCommand('suspend', 'show another number of the application instead', 'suspended');
const resume = stateCommand('resume', 'show the number again', 'in-use');

const remove = clientCommand('remove', 'take a number from its application')
  .argument('<NUMBER>')
  .action(async (number: string, options: ClientOptions) => {
    await clientOf(options).delete(pathOf(number));
    result(options.json, { number, removed: true }, () => [`${number} is removed.`]);
  });

export function numberCommand(): Command {
  const group = new Command('number').description('display numbers and service numbers');
  for (const command of [add, list, suspend, resume, remove]) group.addCommand(command);
  return group;
}
