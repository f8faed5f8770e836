import { defaultPort, type Flow } from '../flow.ts';
import type { SipRequest } from '../message/message.ts';
import type { Via } from '../message/via.ts';

/**
 * Writes where a request came from into its topmost Via: `received` when sent-by says something else, and both
 * `received` and `rport` when the client asked for it (RFC 3261 18.2.1, RFC 3581 4). What the peer itself claims
 * in these parameters is overwritten.
 */
export function noteSource(request: SipRequest, source: Flow): void {
  const { via } = request;
  const asked = via.parameters.has('rport');
  const received = asked || via.host !== source.host ? source.host : undefined;
  const noted = via.withParameter('received', received);
  const value = asked ? noted.withParameter('rport', String(source.port)) : noted;
  request.headers.replaceFirst('Via', value.toString());
}

/**
 * Where a response goes (RFC 3261 18.2.2, RFC 3581 section 4). Always to the address that the request really came
 * from: `maddr` is not honoured, because multicast is not offered and a stranger could aim our responses with it.
 *
 * @param via the topmost Via of the request as it was received
 * @param source where the request came from
 */
export function responseDestination(via: Via, source: Flow): Flow {
  if (source.transport !== 'UDP') return source;
  const port = via.parameters.has('rport') ? source.port : (via.port ?? 5060);
  return { transport: 'UDP', host: source.host, port };
}

/**
 * Where a response goes once the connection of its request is closed: to a new connection to the port in sent-by
 * (RFC 3261 18.2.2). Undefined for datagrams.
 */
export function responseFallback(via: Via, source: Flow): Flow | undefined {
  const { transport, host } = source;
  if (transport === 'UDP') return undefined;
  return { transport, host, port: via.port ?? defaultPort(transport) };
}
