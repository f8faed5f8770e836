import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);

/** Whether `host` (of a URL or a Host header) can only be this machine: a name that somebody else gave it may be a trick (DNS rebinding). */
function namesThisMachine(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || (isIP(bare) !== 0 && isLoopback(bare));
}

/** Headers that a proxy adds; behind one the browser may be anywhere. */
const ofProxies = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether a page of ours, in a browser on this machine, asks without anything in between. */
export function isFromThisMachine({ headers, socket }: FastifyRequest): boolean {
  const { origin, host } = headers;
  return (
    isLoopback(socket.remoteAddress) &&
    namesThisMachine(host) &&
    origin === `http://${host}` &&
    !ofProxies.some((name) => name in headers)
  );
}
