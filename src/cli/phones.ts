import type { Command } from 'commander';
import { directory } from '../phones/directory.ts';
import { clientCommand, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';

export function phonesCommand(): Command {
  return clientCommand('phones', 'the numbers of the sandbox and what each does').action(
    (options: ClientOptions) => {
      const phones = directory.map(({ shows, ...entry }) => ({ ...entry, description: shows }));
      result(options.json, { phones }, () => [
        ...table(
          ['number', 'behaviour', 'what happens'],
          phones.map(({ number, behaviour, description }) => [number, behaviour, description]),
        ),
        '',
        'Any other number answers and talks.',
      ]);
    },
  );
}
