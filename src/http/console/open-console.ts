import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { hostNameIn } from './known-hosts.ts';

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);

/** Whether `host` (of a URL or a Host header) can only be this machine: a name that somebody else gave it may be a trick (DNS rebinding). */
export function namesThisMachine(host: string | undefined): boolean {
  const name = hostNameIn(host);
  return name === 'localhost' || (name !== undefined && isIP(name) !== 0 && isLoopback(name));
}

/** Headers that a proxy adds; behind one the browser may be anywhere. */
const ofProxies = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether a program on this machine asks, under a name of this machine, without anything in between. */
export const isOnThisMachine = ({ headers, socket }: FastifyRequest): boolean =>
  isLoopback(socket.remoteAddress) &&
  namesThisMachine(headers.host) &&
  !ofProxies.some((name) => name in headers);

/** Whether that is a page of ours in a browser. */
export const isFromThisMachine = (request: FastifyRequest): boolean =>
  isOnThisMachine(request) && request.headers.origin === `http://${request.headers.host}`;
