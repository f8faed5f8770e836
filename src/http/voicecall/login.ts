/** Login, refresh and logout of the token scheme (spec 01 section 4). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../accounts/account.ts';
import type { IssuedTokens, LegacyAccess } from '../../accounts/legacy-access.ts';
import { invalidRequest, resultCodes } from '../../call/catalogue/result-codes.ts';
import { sendSuccess } from './answer.ts';
import { type Authenticator, checkGiven } from './authenticate.ts';
import { addressOf } from './client-address.ts';
import { Refused } from './refused.ts';

export interface LoginContext {
  readonly authenticator: Authenticator;
  readonly access: LegacyAccess;
}

/** The parameters of a query or a form, of which the first of two counts. */
export type Query = ReadonlyMap<string, string>;

export function queryOf({ query }: FastifyRequest): Query {
  const given = Object.entries(query as Record<string, string | string[]>);
  return new Map(given.map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? '') : value]));
}

/** Those in the body count where the query has none. */
function queryAndForm(request: FastifyRequest): Query {
  const form = Buffer.isBuffer(request.body) ? new URLSearchParams(request.body.toString()) : [];
  return new Map([...form, ...queryOf(request)]);
}

/** @throws {Refused} 1010002 naming it */
function required(query: Query, name: string): string {
  const value = query.get(name);
  if (!value) throw new Refused(invalidRequest(name));
  return value;
}

const sendTokens = (reply: FastifyReply, tokens: IssuedTokens): FastifyReply =>
  sendSuccess(reply, {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_in: String(tokens.expiresIn),
  });

/** `POST /rest/fastlogin/v1.0?app_key=K&username=U`, `Authorization: PASSWORD`. */
export async function login(
  { authenticator, access }: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const query = queryOf(request);
  const username = required(query, 'username');
  const app = await authenticator.admit(required(query, 'app_key'), addressOf(request), async (asked) => {
    const { authorization } = request.headers;
    if (!authorization || !(await access.isUserOf(asked, username, authorization)))
      throw new Refused(resultCodes.authenticationFailed);
  });
  sendTokens(reply, await access.issue(app));
}

/** `POST /omp/oauth/refresh`, parameters in the query or as a form. */
export async function refresh(
  { authenticator, access }: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const query = queryAndForm(request);
  if (required(query, 'grant_type') !== 'refresh_token') throw new Refused(invalidRequest('grant_type'));
  const refreshToken = required(query, 'refresh_token');
  const secret = required(query, 'app_secret');
  const app = await authenticator.admit(required(query, 'app_key'), addressOf(request), async (asked) => {
    if (!authenticator.isSecretOf(asked, secret)) throw new Refused(resultCodes.apiQuotaReached);
  });
  const tokens = await access.refresh(app, refreshToken);
  if (tokens === undefined) throw new Refused(resultCodes.accessTokenExpired);
  sendTokens(reply, tokens);
}

/** `POST /rest/logout/v1.0?app_key=K&access_token=T`, `Authorization: PASSWORD`. */
export async function logout(
  { authenticator, access }: LoginContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const query = queryOf(request);
  const token = required(query, 'access_token');
  await authenticator.admit(required(query, 'app_key'), addressOf(request), async (asked: App) => {
    const { authorization } = request.headers;
    if (!authorization || !(await access.isPasswordOf(asked, authorization)))
      throw new Refused(resultCodes.authenticationFailed);
    checkGiven(await access.check(asked, token));
  });
  await access.revoke(token);
  sendSuccess(reply);
}
