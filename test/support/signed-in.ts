import type { Role } from '../../src/accounts/actor.ts';
import { ADMIN_TOKEN, type HttpPlatform } from './http-platform.ts';

export const PASSWORD = 'correct horse battery';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A request with these headers; a body is sent as JSON. */
export async function ask<T>(
  { url }: Pick<HttpPlatform, 'url'>,
  method: string,
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
): Promise<Answer<T>> {
  const { headers, body } = options;
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const parsed = (isJson && text !== '' ? JSON.parse(text) : text) as T;
  return { status: response.status, headers: response.headers, body: parsed };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** Adds a user to an account, which is made where it is not there. */
export async function addUser(
  platform: HttpPlatform,
  name: string,
  role: Role,
  account = 'openvoicecall',
): Promise<void> {
  const headers = bearer(ADMIN_TOKEN);
  await ask(platform, 'POST', '/accounts', { headers, body: { name: account, spId: account } });
  const body = { name, role, password: PASSWORD };
  const { status } = await ask(platform, 'POST', `/users?account=${account}`, { headers, body });
  if (status !== 201) throw new Error(`the user could not be added: ${status}`);
}

/** Signs in. @returns the token */
export async function signIn(platform: HttpPlatform, name: string, account?: string): Promise<string> {
  const body = { account, name, password: PASSWORD, bearer: true };
  const answer = await ask<{ token: string }>(platform, 'POST', '/session', { body });
  if (answer.status !== 201) throw new Error(`signing in was refused: ${answer.status}`);
  return answer.body.token;
}
