/** Requests to the operator's API; the sign-in is in a cookie that this code cannot read. */
import type { z } from 'zod';
import type { errorSchema } from '../../../src/http/admin/errors.ts';

type ErrorBody = z.infer<typeof errorSchema>;

/** A refusal, with the platform's own words for what is wrong and what to do. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;
  readonly field: string | undefined;

  constructor(status: number, { error }: ErrorBody) {
    super(error.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = error.code;
    this.remedy = error.remedy;
    this.field = error.field;
  }
}

const unreachable: ErrorBody = {
  error: { code: 'unreachable', message: 'The platform does not answer.', remedy: 'Is it running?' },
};

/** A refusal of what was sent by other means than `api`. */
export const refusalOf = (status: number, text: string): ApiError =>
  status === 0 ? new ApiError(0, unreachable) : new ApiError(status, bodyOf(text, status));

function bodyOf(text: string, status: number): ErrorBody {
  try {
    const parsed = JSON.parse(text) as ErrorBody;
    if (typeof parsed.error?.message === 'string') return parsed;
  } catch {
    // A proxy's page, say: told by its status.
  }
  return { error: { code: String(status), message: `The platform answered ${status}.` } };
}

/** An answer that is no refusal, as it comes. Rejects with ApiError, and with the signal's reason. */
export async function answerTo(
  method: string,
  path: string,
  {
    body,
    signal,
    headers,
    isLast = false,
  }: {
    readonly body?: unknown;
    readonly signal?: AbortSignal;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent though the page is being closed. */
    readonly isLast?: boolean;
  } = {},
): Promise<Response> {
  const response = await fetch(`/admin/v1${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    keepalive: isLast,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  }).catch(() => {
    signal?.throwIfAborted();
    throw refusalOf(0, '');
  });
  if (!response.ok) throw refusalOf(response.status, await response.text());
  return response;
}

/** Rejects with ApiError. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const text = await (await answerTo(method, path, { body })).text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
