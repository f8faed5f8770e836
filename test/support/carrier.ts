import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response.ts';
import { serializeMessage } from '../../src/sip/message/serialize.ts';
import { StreamFramer } from '../../src/sip/message/stream-framer.ts';
import { RawTrunk } from './raw-trunk.ts';

/** What a carrier says to a request. */
export type CarrierReply = (request: SipRequest, carrier: Carrier) => SipResponse[];

/** A carrier on one transport, that says whatever a test wants; it sends its own requests where ours come from. */
export interface Carrier {
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  readonly port: number;
  readonly heard: readonly SipRequest[];
  /** Connections that were made to it; 0 over UDP. */
  readonly connections: number;
  /** A response as a user agent server makes it, with a Contact on its transport. */
  respond(request: SipRequest, status: number): SipResponse;
  /** 200 with a session description; nobody listens at its port. */
  answer(request: SipRequest): SipResponse;
  [Symbol.asyncDispose](): Promise<void>;
}

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n';

function answered(response: SipResponse): SipResponse {
  response.setBody('application/sdp', SDP);
  return response;
}

export async function udpCarrier(reply: CarrierReply): Promise<Carrier> {
  const raw = await RawTrunk.start((request) => reply(request, carrier));
  const carrier: Carrier = {
    transport: 'UDP',
    port: raw.port,
    heard: raw.heard,
    connections: 0,
    respond: (request, status) => raw.respond(request, status),
    answer: (request) => answered(raw.respond(request, 200)),
    [Symbol.asyncDispose]: async () => raw[Symbol.dispose](),
  };
  return carrier;
}

/** Over TCP, or TLS with a certificate. */
export async function streamCarrier(
  reply: CarrierReply,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<Carrier> {
  const heard: SipRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that does not trust us breaks off.
    socket.on('error', () => socket.destroy());
    const framer = new StreamFramer();
    socket.on('data', (chunk: Buffer) => {
      for (const item of framer.push(chunk)) {
        if (!(item instanceof SipRequest)) continue;
        heard.push(item);
        for (const response of reply(item, carrier)) socket.write(serializeMessage(response));
      }
    });
  };
  const server: Server =
    certificate === undefined ? createServer(serve) : createSecureServer({ ...certificate }, serve);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const transport = certificate === undefined ? 'TCP' : 'TLS';
  const respond = (request: SipRequest, status: number): SipResponse => {
    const response = responseTo(request, status, { toTag: 'carrier' });
    response.headers.set('Contact', `<sip:127.0.0.1:${port};transport=${transport.toLowerCase()}>`);
    return response;
  };
  const carrier: Carrier = {
    transport,
    port,
    heard,
    get connections() {
      return connections;
    },
    respond,
    answer: (request) => answered(respond(request, 200)),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return carrier;
}
