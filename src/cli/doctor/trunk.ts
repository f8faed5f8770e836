import { lookup } from 'node:dns/promises';
import type { Config } from '../../config/config.ts';
import { bad, type Finding, good, reasonOf } from './check.ts';
import { pingOptions } from './options-ping.ts';

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/** ms of silence that the ping allows, in words. */
const SILENT = 'no answer to OPTIONS in 5 s';

/** Whether calls could leave: the trunk's name resolves and something answers OPTIONS there. */
export async function checkTrunk({ trunk, sip }: Config, sipPortIsFree: boolean): Promise<Finding[]> {
  if (trunk === undefined) return [good('trunk', 'none: every number rings a sandbox phone')];
  let address: string;
  try {
    ({ address } = await lookup(trunk.host, { family: sip.host.includes(':') ? 6 : 4 }));
  } catch (error) {
    const detail = `${trunk.host} does not resolve: ${reasonOf(error)}`;
    return [bad('trunk name', detail, 'correct --trunk, or the name server of this machine')];
  }
  const port = trunk.port ?? 5060;
  const name = good('trunk name', `${trunk.host} is ${address}, ${trunk.transport} port ${port}`);
  if (isLoopback(sip.host) && !isLoopback(address)) {
    const remedy =
      'let --sip listen on an address that reaches the trunk, and set --public-address behind NAT';
    return [
      name,
      bad('trunk route', `SIP listens on ${sip.host}, from where ${address} cannot be reached`, remedy),
    ];
  }
  return [name, await checkAnswer({ address, port, transport: trunk.transport }, sip, sipPortIsFree)];
}

async function checkAnswer(
  peer: { address: string; port: number; transport: 'UDP' | 'TCP' },
  sip: Config['sip'],
  sipPortIsFree: boolean,
): Promise<Finding> {
  const where = `${peer.address}:${peer.port} over ${peer.transport}`;
  try {
    const status = await pingOptions({
      ...peer,
      from: { host: sip.host, port: sipPortIsFree ? sip.port : 0 },
    });
    if (Number(status.slice(0, 3)) < 500) return good('trunk', `${where} answers OPTIONS: ${status}`);
    return bad(
      'trunk',
      `${where} answers OPTIONS: ${status}`,
      'ask the carrier: its gateway is up but refuses service',
    );
  } catch (error) {
    const reason = reasonOf(error);
    const detail = `${where}: ${reason === 'ABORT_ERR' ? SILENT : reason}`;
    const remedy =
      'check address, port and transport of --trunk, the firewall, and that the carrier knows our address';
    return bad('trunk', detail, remedy);
  }
}
