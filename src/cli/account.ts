import { Command } from 'commander';
import { apiPasswordCommand } from './api-password.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface AccountView {
  readonly spId: string;
  readonly name: string;
  readonly state: string;
  readonly maxApps?: number;
  readonly createdAt: string;
}

const pathOf = (id: string): string => `/accounts/${encodeURIComponent(id)}`;

const lines = (account: AccountView): string[] =>
  facts([
    ['account', account.spId],
    ['name', account.name],
    ['state', account.state],
    ['applications at most', account.maxApps],
    ['created', account.createdAt],
  ]);

const create = clientCommand('create', 'create an account, which holds applications and people')
  .requiredOption('--name <NAME>', 'what you call it')
  .option('--id <ID>', '1-32 letters, digits and . _ - (spId in call records); else one is made')
  .action(async ({ name, id, ...options }: ClientOptions & { name: string; id?: string }) => {
    const account = await clientOf(options).post<AccountView>('/accounts', { name, spId: id });
    result(options.json, account, () => lines(account));
  });

const list = clientCommand('list', 'all accounts').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ accounts: AccountView[] }>('/accounts');
  const rows = document.accounts.map(({ spId, name, state }) => [spId, name, state]);
  result(options.json, document, () => table(['account', 'name', 'state'], rows));
});

const show = clientCommand('show', 'one account')
  .argument('<ID>')
  .action(async (id: string, options: ClientOptions) => {
    const account = await clientOf(options).get<AccountView>(pathOf(id));
    result(options.json, account, () => lines(account));
  });

const update = clientCommand('update', 'change an account; what is not named stays')
  .argument('<ID>')
  .option('--name <NAME>', 'what you call it')
  .option('--max-apps <N>', 'applications it may hold', wholeNumber)
  .option('--no-max-apps', 'as many as the platform gives each account')
  .action(
    async (
      id: string,
      { name, maxApps, ...options }: ClientOptions & { name?: string; maxApps?: number | false },
    ) => {
      const most = maxApps === false ? null : maxApps;
      const account = await clientOf(options).patch<AccountView>(pathOf(id), { name, maxApps: most });
      result(options.json, account, () => lines(account));
    },
  );

function stateCommand(name: string, description: string, state: string): Command {
  return clientCommand(name, description)
    .argument('<ID>')
    .action(async (id: string, options: ClientOptions) => {
      const account = await clientOf(options).patch<AccountView>(pathOf(id), { state });
      result(options.json, account, () => lines(account));
    });
}

export function accountCommand(): Command {
  const group = new Command('account').description('accounts: the customers of the platform');
  const commands = [
    create,
    list,
    show,
    update,
    stateCommand('freeze', 'in arrears: its calls are refused with 1010007', 'frozen'),
    stateCommand('activate', 'a frozen account makes calls again', 'active'),
    stateCommand('close', 'for good: no calls, and its people cannot sign in', 'closed'),
  ];
  for (const command of commands) group.addCommand(command);
  return group.addCommand(apiPasswordCommand());
}
