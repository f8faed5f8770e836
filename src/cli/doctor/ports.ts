import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from '../../config/config.ts';
import type { HostPort } from '../../config/forms.ts';
import { bad, type Finding, good, reasonOf } from './check.ts';

async function bindUdp({ host, port }: HostPort): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
  } finally {
    socket.close();
  }
}

async function bindTcp({ host, port }: HostPort): Promise<void> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

async function probe(
  name: string,
  at: HostPort,
  bind: (at: HostPort) => Promise<void>,
  flag: string,
): Promise<Finding> {
  const where = `${at.host}:${at.port}`;
  try {
    await bind(at);
    return good(name, `${where} is free`);
  } catch (error) {
    const reason = reasonOf(error);
    const remedy =
      reason === 'EADDRNOTAVAIL' ? `give ${flag} an address of this machine` : `choose another with ${flag}`;
    return bad(name, `${where} cannot be used: ${reason}`, remedy);
  }
}

/** Ports in use, by another platform with the same range for example, are passed over when a call needs some. */
async function probeMedia({ host, first, last }: Config['rtp']): Promise<Finding> {
  for (let port = first; port < last; port += 1) {
    const finding = await probe('rtp', { host, port }, bindUdp, '--rtp');
    const isTaken = !finding.ok && finding.detail.endsWith('EADDRINUSE');
    if (isTaken) continue;
    const legs = Math.floor((last - first + 1) / 2);
    return finding.ok ? good('rtp', `${host}:${first}-${last} can be used; room for ${legs} legs`) : finding;
  }
  return bad('rtp', `every port of ${host}:${first}-${last} is in use`, 'choose another range with --rtp');
}

/** Whether the platform could listen where it is told to. */
export async function checkPorts({ http, sip, rtp }: Config): Promise<Finding[]> {
  return [
    await probe('http', http, bindTcp, '--http'),
    await probe('sip udp', sip, bindUdp, '--sip'),
    await probe('sip tcp', sip, bindTcp, '--sip'),
    await probeMedia(rtp),
  ];
}
