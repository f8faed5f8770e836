import { setTimeout as pause } from 'node:timers/promises';
import type { ClientSettings } from '../config/client-settings.ts';
import { readAdminFile } from './admin-file.ts';
import type { EventView } from './api.ts';
import { readEvents } from './event-source.ts';
import { CliFailure } from './failure.ts';
import { ownFetch } from './own-fetch.ts';

const START = 'Start one with npm start (or openvoicecall serve)';

/** ms a lost event stream is tried again. */
const PATIENCE = 30_000;

interface ErrorDocument {
  readonly error?: { readonly code?: string; readonly message?: string; readonly remedy?: string };
}

/** Talks to the operator's API of a running server. Every method rejects with CliFailure when the server refuses. */
export class AdminClient {
  readonly #url: string;
  readonly #token: string;
  readonly #account: string | undefined;
  /** Of a server of this machine. */
  readonly #certificate: string | undefined;

  private constructor(
    url: string,
    token: string,
    { account, certificate }: { readonly account?: string; readonly certificate?: string },
  ) {
    this.#account = account;
    this.#certificate = certificate;
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** `OVC_URL` and `OVC_TOKEN`, each else from `DATA/admin.json`. `account`: named in every request. */
  static open({ data, url, token }: ClientSettings, account?: string): AdminClient {
    const file = url !== undefined && token !== undefined ? undefined : readAdminFile(data);
    const [base, secret] = [url ?? file?.url, token ?? file?.token];
    if (base === undefined || secret === undefined) {
      throw new CliFailure(
        `No server is known: ${data}/admin.json is not there. ${START}, or give --data DIR, or OVC_URL and OVC_TOKEN.`,
      );
    }
    const certificate = url === undefined ? file?.certificate : undefined;
    return new AdminClient(base, secret, { account, certificate });
  }

  get url(): string {
    return this.#url;
  }

  get<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
    return this.#request<T>('GET', `${path}${searchOf(query)}`);
  }

  /** An answer too long to be held: its octets as they come. Whoever reads them learns of a connection that broke. */
  stream(
    path: string,
    query: Readonly<Record<string, string | undefined>> = {},
  ): Promise<ReadableStream<Uint8Array>> {
    return this.#stream('GET', `${path}${searchOf(query)}`);
  }

  /** The same for a question that no address may hold. */
  postForStream(path: string, body: object): Promise<ReadableStream<Uint8Array>> {
    return this.#stream('POST', path, body);
  }

  async #stream(method: string, path: string, body?: object): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch(method, `/admin/v1${this.#inAccount(path)}`, body);
    if (!response.ok || response.body === null) throw await failureOf(response);
    return response.body;
  }

  post<T>(path: string, body?: object): Promise<T> {
    return this.#request<T>('POST', path, body);
  }

  /** Sends a form, which may hold files. */
  upload<T>(path: string, form: FormData): Promise<T> {
    return this.#request<T>('POST', path, form);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#request<T>('PUT', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#request<T>('PATCH', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#request('DELETE', path);
  }

  /** Events as they happen, of one call from its first; a lost connection is taken up again where it broke. */
  async *events(sessionId?: string): AsyncGenerator<EventView> {
    const path = sessionId === undefined ? '/events' : `/events?sessionId=${encodeURIComponent(sessionId)}`;
    let lastId = '';
    for (let lostAt: number | undefined; ; ) {
      try {
        const response = await this.#fetch(
          'GET',
          path,
          undefined,
          lastId === '' ? {} : { 'last-event-id': lastId },
        );
        if (!response.ok || response.body === null) throw await failureOf(response);
        lostAt = undefined;
        for await (const { id, data } of readEvents(response.body)) {
          lastId = id;
          yield JSON.parse(data) as EventView;
        }
      } catch (error) {
        if (error instanceof CliFailure && lostAt === undefined) throw error;
      }
      lostAt ??= Date.now();
      if (Date.now() - lostAt > PATIENCE) {
        throw new CliFailure(
          `The connection to ${this.#url} was lost. ${START}, then: openvoicecall calls show SESSION.`,
        );
      }
      await pause(1_000);
    }
  }

  #inAccount(path: string): string {
    if (this.#account === undefined) return path;
    return `${path}${path.includes('?') ? '&' : '?'}account=${encodeURIComponent(this.#account)}`;
  }

  async #request<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#fetch(method, `/admin/v1${this.#inAccount(path)}`, body);
    if (!response.ok) throw await failureOf(response);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async #fetch(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    // fetch itself writes the type of a form, with its boundary.
    const json = body === undefined || body instanceof FormData ? undefined : JSON.stringify(body);
    const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
    try {
      const reach = await ownFetch(this.#certificate);
      return await reach(`${this.#url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, ...type, ...headers },
        body: body instanceof FormData ? body : json,
      });
    } catch {
      throw new CliFailure(`No server answers at ${this.#url}. ${START}, or set OVC_URL and OVC_TOKEN.`);
    }
  }
}

function searchOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

async function failureOf(response: Response): Promise<CliFailure> {
  const text = await response.text();
  let document: ErrorDocument = {};
  try {
    document = JSON.parse(text) as ErrorDocument;
  } catch {
    return new CliFailure(`The server answered ${response.status} without saying why; is it OpenVoiceCall?`);
  }
  const { code = String(response.status), message = 'The server refused.', remedy } = document.error ?? {};
  return new CliFailure(`${message} (${code})${remedy === undefined ? '' : ` ${remedy}`}`, document);
}
