import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { parseMessage } from '../../src/sip/message/parse.ts';
import { responseTo } from '../../src/sip/message/response.ts';
import { serializeMessage } from '../../src/sip/message/serialize.ts';

/** What a trunk says to a request: responses, or text that is sent as it is. */
export type Reply = (request: SipRequest, trunk: RawTrunk) => (SipResponse | string)[];

/** A carrier over UDP without manners: it says whatever the test wants, to whomever, in no state at all. */
export class RawTrunk {
  readonly heard: SipRequest[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket, reply: Reply) {
    this.#socket = socket;
    socket.on('message', (bytes, { port }) => {
      const message = parseMessage(bytes);
      if (message.kind !== 'request') return;
      this.heard.push(message);
      for (const answer of reply(message, this)) this.send(answer, port);
    });
  }

  /** Port 0 takes a free one. */
  static async start(reply: Reply, { host = '127.0.0.1', port = 0 } = {}): Promise<RawTrunk> {
    const socket = createSocket('udp4').bind(port, host);
    await once(socket, 'listening');
    return new RawTrunk(socket, reply);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** A response as a user agent server makes it, with our Contact. */
  respond(request: SipRequest, status: number, reason?: string): SipResponse {
    const response = responseTo(request, status, { reason, toTag: 'trunk' });
    response.headers.set('Contact', `<sip:${this.#socket.address().address}:${this.port}>`);
    return response;
  }

  /** 200 with a session description by `owner`; nobody listens at its port. */
  answer(request: SipRequest, owner = '-'): SipResponse {
    const response = this.respond(request, 200);
    const lines = ['v=0', `o=${owner} 1 1 IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    response.setBody('application/sdp', [...lines, 'm=audio 4000 RTP/AVP 8', ''].join('\r\n'));
    return response;
  }

  send(message: SipResponse | string, port: number): void {
    const bytes = typeof message === 'string' ? message : serializeMessage(message);
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
