import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands in for an S3 server in tests: keeps objects of one bucket in memory and lists them in pages of two. It sees to it that
 * each request carries an AWS Signature Version 4, in its headers or its URL, but cannot tell whether it is right.
 */
export class ObjectServerStandIn {
  readonly objects = new Map<string, { octets: Buffer; at: number }>();
  /** `METHOD NAME` of every request, in order. */
  readonly requests: string[] = [];
  /** Requests to be answered 503 before it works again. */
  failures = 0;
  /** What objects are written at, ms. */
  now = Date.UTC(2026, 0, 1);
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#take(request, response));
  }

  static async start(): Promise<ObjectServerStandIn> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ObjectServerStandIn(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '', this.endpoint);
    const [, bucket, name = ''] = url.pathname.split('/');
    this.requests.push(`${request.method} ${name}`);
    if (this.failures > 0) {
      this.failures -= 1;
      response.writeHead(503).end();
    } else if (bucket !== 'calls' || !isSigned(request, url)) response.writeHead(403).end();
    else this.#answer(request.method ?? '', name, url, Buffer.concat(chunks), response);
  }

  #answer(method: string, name: string, url: URL, octets: Buffer, response: ServerResponse): void {
    const object = this.objects.get(name);
    if (method === 'PUT') {
      this.objects.set(name, { octets, at: this.now });
      response.writeHead(200).end();
    } else if (method === 'DELETE') {
      this.objects.delete(name);
      response.writeHead(204).end();
    } else if (name === '')
      response.writeHead(200).end(this.#page(url.searchParams.get('continuation-token')));
    else if (object === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': object.octets.length }).end(object.octets);
  }

  #page(token: string | null): string {
    const names = [...this.objects.keys()].sort().filter((name) => token === null || name > token);
    const entries = names.slice(0, 2).map((name) => {
      const at = new Date(this.objects.get(name)?.at ?? 0).toISOString();
      return `<Contents><Key>${name}</Key><LastModified>${at}</LastModified></Contents>`;
    });
    const more = names.length > 2 ? `<NextContinuationToken>${names[1]}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult>${entries.join('')}${more}</ListBucketResult>`;
  }
}

const CREDENTIAL = /^access\/\d{8}\/us-east-1\/s3\/aws4_request$/;

function isSigned({ headers }: IncomingMessage, { searchParams }: URL): boolean {
  const header =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=[\w;-]*host[\w;-]*, Signature=[0-9a-f]{64}$/.exec(
      headers.authorization ?? '',
    );
  if (header !== null) {
    return CREDENTIAL.test(header[1] ?? '') && /^\d{8}T\d{6}Z$/.test(String(headers['x-amz-date']));
  }
  const expires = Number(searchParams.get('X-Amz-Expires'));
  return (
    CREDENTIAL.test(searchParams.get('X-Amz-Credential') ?? '') &&
    /^[0-9a-f]{64}$/.test(searchParams.get('X-Amz-Signature') ?? '') &&
    expires >= 1 &&
    expires <= 604_800
  );
}
