import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { facts, result, table } from './output.ts';

interface UserView {
  readonly name: string;
  readonly account: string;
  readonly role: string;
  readonly state: string;
  readonly totp: boolean;
  readonly createdAt: string;
  readonly lastSignInAt?: string;
  readonly password?: string;
}

const roles = ['owner', 'administrator', 'reviewer', 'read-only'];

const pathOf = (name: string): string => `/users/${encodeURIComponent(name)}`;

const lines = (user: UserView): string[] =>
  facts([
    ['name', user.name],
    ['account', user.account],
    ['role', user.role],
    ['state', user.state],
    ['password', user.password],
    ['authenticator', user.totp ? 'yes' : 'no'],
    ['last sign-in', user.lastSignInAt ?? 'never'],
  ]);

interface PasswordOptions extends ClientOptions {
  readonly passwordStdin?: boolean;
}

/** Never a flag: those are seen by every user of the machine. */
async function passwordOf({ passwordStdin }: PasswordOptions): Promise<string | undefined> {
  if (!passwordStdin) return undefined;
  const given = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (given === '')
    throw new CliFailure('There is no password on standard input. Pipe it in: printf %s "$PASSWORD" | ...');
  return given;
}

const passwordOption = (): Option =>
  new Option('--password-stdin', 'read it from standard input; else one is made, and shown once');

const add = clientCommand('add', 'add a user to an account')
  .argument('<NAME>', '1-64 letters, digits and . _ @ -')
  .addOption(
    new Option(
      '--role <ROLE>',
      'owner: everything; administrator: all but people; reviewer: reviews; read-only: looks',
    )
      .choices(roles)
      .makeOptionMandatory(),
  )
  .addOption(passwordOption())
  .action(async (name: string, options: PasswordOptions & { role: string }) => {
    const body = { name, role: options.role, password: await passwordOf(options) };
    const user = await clientOf(options).post<UserView>('/users', body);
    result(options.json, user, () => lines(user));
  });

const list = clientCommand('list', 'the users').action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ users: UserView[] }>('/users');
  const rows = document.users.map(({ account, name, role, state, lastSignInAt }) => [
    account,
    name,
    role,
    state,
    lastSignInAt ?? 'never',
  ]);
  result(options.json, document, () =>
    table(['account', 'name', 'role', 'state', 'last sign-in (UTC)'], rows),
  );
});

const role = clientCommand('role', "change a user's role; he has to sign in again")
  .argument('<NAME>')
  .argument('<ROLE>', roles.join(', '))
  .action(async (name: string, wanted: string, options: ClientOptions) => {
    const user = await clientOf(options).patch<UserView>(pathOf(name), { role: wanted });
    result(options.json, user, () => lines(user));
  });

const password = clientCommand('password', 'give a user a new password')
  .argument('<NAME>')
  .addOption(passwordOption())
  .action(async (name: string, options: PasswordOptions) => {
    const body = { password: await passwordOf(options) };
    const made = await clientOf(options).post<{ password?: string }>(`${pathOf(name)}/password`, body);
    result(options.json, { name, ...made }, () =>
      facts([
        ['name', name],
        ['password', made.password],
      ]),
    );
  });

function stateCommand(name: string, description: string, state: string): Command {
  return clientCommand(name, description)
    .argument('<NAME>')
    .action(async (user: string, options: ClientOptions) => {
      const changed = await clientOf(options).patch<UserView>(pathOf(user), { state });
      result(options.json, changed, () => lines(changed));
    });
}

const totpReset = clientCommand('totp-reset', 'take a lost authenticator from a user')
  .argument('<NAME>')
  .action(async (name: string, options: ClientOptions) => {
    await clientOf(options).post(`${pathOf(name)}/totp/reset`);
    result(options.json, { name, totp: false }, () => [`${name} signs in without a code.`]);
  });

export function userCommand(): Command {
  const group = new Command('user').description('people of an account, and their roles');
  const disable = stateCommand('disable', 'let a user in no more, by password or token', 'disabled');
  const enable = stateCommand('enable', 'let a user in again', 'active');
  for (const command of [add, list, role, password, disable, enable, totpReset]) group.addCommand(command);
  return group;
}
