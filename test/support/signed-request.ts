import { createHmac, randomUUID } from 'node:crypto';

/** The two headers of spec 01 section 1, made as a customer's program makes them (official Python sample). */
export function signedHeaders(appKey: string, appSecret: string, now = new Date()): Record<string, string> {
  const nonce = randomUUID().replaceAll('-', '');
  const created = `${now.toISOString().slice(0, 19)}Z`;
  const digest = createHmac('sha256', appSecret)
    .update(nonce + created)
    .digest('base64');
  return {
    'Content-Type': 'application/json;charset=UTF-8',
    Authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
    'X-AKSK': `UsernameToken Username="${appKey}",PasswordDigest="${digest}",Nonce="${nonce}",Created="${created}"`,
  };
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: { resultcode?: string; resultdesc?: string; sessionId?: string; idlePort?: number };
}

/** A call of the compatible API as a customer makes it. */
export async function callApi(
  base: string,
  path: string,
  app: { readonly appKey: string; readonly appSecret: string },
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { ...signedHeaders(app.appKey, app.appSecret), ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as ApiAnswer['body'] };
}
