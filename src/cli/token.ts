import { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { facts, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface TokenView {
  readonly tokenId: string;
  readonly name: string;
  readonly user: string;
  readonly prefix: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

interface TokenOptions extends ClientOptions {
  readonly user?: string;
}

const pathWith = (path: string, { user }: TokenOptions): string =>
  user === undefined ? path : `${path}?user=${encodeURIComponent(user)}`;

const tokenCommandOf = (name: string, description: string): Command =>
  clientCommand(name, description).option('--user <NAME>', 'whose; a user’s own where it is absent');

const create = tokenCommandOf('create', 'make a personal access token, for a program that acts as a user')
  .requiredOption('--name <NAME>', 'what it is for')
  .option('--days <N>', 'until it expires', wholeNumber)
  .action(async (options: TokenOptions & { name: string; days?: number }) => {
    const body = { name: options.name, days: options.days };
    const path = pathWith('/tokens', options);
    const token = await clientOf(options).post<TokenView & { token: string }>(path, body);
    result(options.json, token, () =>
      facts([
        ['token', token.token],
        ['token id', token.tokenId],
        ['user', token.user],
        ['expires', token.expiresAt ?? 'never'],
      ]),
    );
  });

const list = tokenCommandOf('list', "a user's tokens").action(async (options: TokenOptions) => {
  const document = await clientOf(options).get<{ tokens: TokenView[] }>('/tokens', { user: options.user });
  const rows = document.tokens.map(({ tokenId, name, prefix, expiresAt, lastUsedAt }) => [
    tokenId,
    name,
    `${prefix}…`,
    expiresAt ?? 'never',
    lastUsedAt ?? 'never',
  ]);
  const head = ['token id', 'name', 'begins', 'expires (UTC)', 'last used (UTC)'];
  result(options.json, document, () => table(head, rows));
});

const revoke = tokenCommandOf('revoke', 'let a token in no more')
  .argument('<TOKEN-ID>')
  .action(async (tokenId: string, options: TokenOptions) => {
    await clientOf(options).delete(pathWith(`/tokens/${encodeURIComponent(tokenId)}`, options));
    result(options.json, { tokenId, revoked: true }, () => [`${tokenId} is revoked.`]);
  });

export function tokenCommand(): Command {
  const group = new Command('token').description('personal access tokens of users');
  for (const command of [create, list, revoke]) group.addCommand(command);
  return group;
}
