import { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result } from './output.ts';

interface ApiPasswordOptions extends ClientOptions {
  readonly username?: string;
}

interface ApiUserView {
  readonly spId: string;
  readonly username: string;
  readonly createdAt: string;
  readonly password?: string;
}

const PATH = '/api-password';

const lines = ({ spId, username, password, createdAt }: ApiUserView): string[] =>
  facts([
    ['account', spId],
    ['user name', username],
    ['password', password],
    ['made', createdAt],
  ]);

const renew = clientCommand('renew', 'make a new password, shown only now; tokens of the old one end')
  .option('--username <NAME>', 'what logins name')
  .action(async (options: ApiPasswordOptions) => {
    const { username } = options;
    const user = await clientOf(options).post<ApiUserView>(PATH, { username });
    result(options.json, user, () => lines(user));
  });

const show = clientCommand('show', 'the user that logins name').action(
  async (options: ApiPasswordOptions) => {
    const user = await clientOf(options).get<ApiUserView>(PATH);
    result(options.json, user, () => lines(user));
  },
);

const remove = clientCommand('remove', 'the legacy login answers no more').action(
  async (options: ApiPasswordOptions) => {
    await clientOf(options).delete(PATH);
    result(options.json, { removed: true }, () => ['removed']);
  },
);

export const apiPasswordCommand = (): Command =>
  new Command('api-password')
    .description('the password of the legacy login, one for all apps of an account')
    .addCommand(renew)
    .addCommand(show)
    .addCommand(remove);
