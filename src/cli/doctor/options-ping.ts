/**
 * Asks a SIP peer whether it is there: one OPTIONS outside any dialog (RFC 3261 section 11), repeated over UDP as timer E
 * says (section 17.1.2.2). The doctor reads nothing but the status line of the answer, so it needs no stack.
 */
import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { version } from '../version.ts';

export interface PingTarget {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  readonly transport: 'UDP' | 'TCP';
  /** Where we send from. */
  readonly from: { readonly host: string; readonly port: number };
}

/** ms until the peer counts as silent. */
const PATIENCE = 5_000;

/** ms after which the request is sent again over UDP. */
const REPETITIONS = [500, 1_500, 3_500];

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function optionsRequest(target: PingTarget, localPort: number): string {
  const us = `${bracketed(target.from.host)}:${localPort}`;
  const peer = `sip:${bracketed(target.address)}:${target.port}`;
  const unique = (): string => randomBytes(8).toString('hex');
  return [
    `OPTIONS ${peer} SIP/2.0`,
    `Via: SIP/2.0/${target.transport} ${us};branch=z9hG4bK${unique()};rport`,
    'Max-Forwards: 70',
    `From: <sip:doctor@${us}>;tag=${unique()}`,
    `To: <${peer}>`,
    `Call-ID: ${unique()}@${bracketed(target.from.host)}`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:doctor@${us}>`,
    'Accept: application/sdp',
    `User-Agent: OpenVoiceCall/${version}`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/** `200 OK` of a final response; undefined for anything else. */
function finalStatus(bytes: Buffer): string | undefined {
  return /^SIP\/2\.0 ([2-6]\d\d [^\r\n]*)/.exec(bytes.toString('latin1'))?.[1];
}

async function pingUdp(target: PingTarget, signal: AbortSignal): Promise<string> {
  const socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4');
  const repetitions: NodeJS.Timeout[] = [];
  try {
    socket.bind(target.from.port, target.from.host);
    await once(socket, 'listening', { signal });
    // Connected, so that an ICMP "port unreachable" becomes an error instead of silence.
    socket.connect(target.port, target.address);
    await once(socket, 'connect', { signal });
    const request = optionsRequest(target, socket.address().port);
    socket.send(request);
    repetitions.push(...REPETITIONS.map((delay) => setTimeout(() => socket.send(request), delay)));
    for (;;) {
      const [message] = (await once(socket, 'message', { signal })) as [Buffer];
      const status = finalStatus(message);
      if (status !== undefined) return status;
    }
  } finally {
    for (const repetition of repetitions) clearTimeout(repetition);
    socket.close();
  }
}

async function pingTcp(target: PingTarget, signal: AbortSignal): Promise<string> {
  const socket = connect({ host: target.address, port: target.port, localAddress: target.from.host });
  try {
    await once(socket, 'connect', { signal });
    socket.write(optionsRequest(target, socket.localPort ?? 0));
    let received: Buffer = Buffer.alloc(0);
    for (;;) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      received = Buffer.concat([received, chunk]).subarray(-65_536);
      const status = finalStatus(received);
      if (status !== undefined) return status;
    }
  } finally {
    socket.destroy();
  }
}

/**
 * @returns the status of the peer's final response, for example `200 OK`
 * @throws an error whose `code` says why there was none; `ABORT_ERR` when the peer stayed silent for 5 s
 */
export function pingOptions(target: PingTarget): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  return target.transport === 'UDP' ? pingUdp(target, signal) : pingTcp(target, signal);
}
