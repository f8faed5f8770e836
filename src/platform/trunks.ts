/** From what an operator sets to the trunks that are in force. */
import { addressParts, SETTINGS_TRUNK, type Trunk as StoredTrunk, trunkDefaults } from '../accounts/trunk.ts';
import { clock, random } from './base.ts';
import { type Config, ConfigError } from '../config/config.ts';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Transport } from '../sip/flow.ts';
import type { AddressResolver } from '../telephony/dns-cache.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import type { TrunkFinding } from '../telephony/trunks/examine.ts';
import { NodeNames } from '../telephony/trunks/names.ts';
import { Trunks } from '../telephony/trunks/trunks.ts';
import type { Trunk, TrunkAddress } from '../telephony/trunk.ts';

/** The trunk of `--trunk`, where there is one: it takes every number, without limits, and is not asked whether it is there. */
export function settingsTrunk(config: Config): StoredTrunk[] {
  const { trunk, trunkCredentials, trunkAssertIdentity, trunkPrivacy: privacy } = config;
  if (trunk === undefined) return [];
  const host = trunk.host.includes(':') ? `[${trunk.host}]` : trunk.host;
  return [
    {
      ...trunkDefaults,
      name: SETTINGS_TRUNK,
      addresses: [trunk.port === undefined ? host : `${host}:${trunk.port}`],
      transport: trunk.transport.toLowerCase() as StoredTrunk['transport'],
      ...trunkCredentials,
      identity: trunkAssertIdentity ? 'p-asserted-identity' : 'none',
      privacy,
      optionsInterval: 0,
      createdAt: 0,
    },
  ];
}

/** A stored trunk as telephony has it. */
export function trunkInForce({
  state,
  addresses,
  transport,
  username,
  password,
  register,
  registerExpires,
  optionsInterval,
  createdAt: _createdAt,
  ...same
}: StoredTrunk): Trunk {
  const [first, ...others] = addresses.map(addressOf);
  if (first === undefined) throw new Error(`the trunk ${same.name} has no address`);
  return {
    ...same,
    suspended: state === 'suspended',
    addresses: [first, ...others],
    transport: transport.toUpperCase() as Transport,
    credentials: username === undefined || password === undefined ? undefined : { username, password },
    registerExpires: register ? registerExpires : undefined,
    optionsInterval: optionsInterval * 1_000,
  };
}

function addressOf(address: string): TrunkAddress {
  const parts = addressParts(address);
  if (parts === undefined) throw new Error(`${address} is no address of a trunk`);
  return parts;
}

/** Who is asked for names of trunks, and how the endpoint gets their addresses: both from the name servers of the settings. */
export function namesOf({ nameServers: servers }: Config): { names: NodeNames; resolve?: AddressResolver } {
  const names = new NodeNames({ servers });
  return servers === undefined ? { names } : { names, resolve: names.addresses };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * PEM certificates of those who vouch for trunks over TLS. Undefined: those that Node knows.
 *
 * @throws {ConfigError} where the file cannot be read, or holds none
 */
export function authoritiesOf({ sipTlsAuthorities: file }: Config): string[] | undefined {
  if (file === undefined) return undefined;
  try {
    const found = readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
    if (found.length === 0) throw new Error('it holds no certificate in PEM');
    // Reading them finds out here what is damaged, not when a call leaves.
    return found.map((pem) => new X509Certificate(pem).toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`sip-tls-authorities: ${file} cannot be used: ${why}.`]);
  }
}

/**
 * Looks at everything that calls by the trunk of the settings depend on, while no platform runs.
 *
 * @param port of SIP; 0 takes a free one
 */
export async function examineSettingsTrunk(
  config: Config,
  version: string,
  port: number,
): Promise<TrunkFinding[]> {
  const [trunk] = settingsTrunk(config);
  if (trunk === undefined) return [];
  const { names, resolve } = namesOf(config);
  const endpoint = await SipEndpoint.start({
    resolve,
    listen: { host: config.sip.host, port },
    publicAddress: config.publicAddress,
    authorities: authoritiesOf(config),
    userAgent: { product: `OpenVoiceCall/${version}`, inbound: 'refuse', redirects: 'refuse' },
  });
  try {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const trunks = new Trunks({ endpoint, names, clock, random, log });
    trunks.apply([trunkInForce(trunk)]);
    return (await trunks.examine(trunk.name)) ?? [];
  } finally {
    await endpoint.close();
  }
}
