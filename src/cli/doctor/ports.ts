import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config, HostPort } from '../../config.ts';
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

/** Whether the platform could listen where it is told to. */
export async function checkPorts({ http, sip, rtp }: Config): Promise<Finding[]> {
  const streams = Math.floor((rtp.last - rtp.first + 1) / 2);
  const media = await probe('rtp', { host: rtp.host, port: rtp.first }, bindUdp, '--rtp');
  return [
    await probe('http', http, bindTcp, '--http'),
    await probe('sip udp', sip, bindUdp, '--sip'),
    await probe('sip tcp', sip, bindTcp, '--sip'),
    media.ok ? good('rtp', `${media.detail}; room for ${streams} legs`) : media,
  ];
}
