import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { reachable } from './private-addresses.ts';

export interface ConnectorOptions {
  /** Whether receivers on loopback, private and link-local addresses are allowed. */
  readonly privateReceivers: boolean;
  /** Those that are allowed where not all are: addresses and CIDR blocks. */
  readonly receiverNetworks: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  /** Resolves names. */
  readonly lookup: LookupFunction;
}

/**
 * Opens connections to receivers, TLS 1.2 or newer. Addresses are judged after the name was resolved and just before
 * connecting, and the judged address is the one connected to: a name that changes its mind in between gains nothing.
 */
export function receiverConnector(options: ConnectorOptions): buildConnector.connector {
  const { privateReceivers, timeout, lookup } = options;
  const mayReach = reachable(options.receiverNetworks);
  const connect = buildConnector({
    timeout,
    allowH2: false,
    minVersion: 'TLSv1.2',
    lookup: privateReceivers ? lookup : among(mayReach, lookup),
  } as buildConnector.BuildOptions);
  if (privateReceivers) return connect;
  return (target, callback) => {
    // An address in the URL itself is never looked up.
    if (isIP(target.hostname) !== 0 && !mayReach(target.hostname)) callback(notPublic(), null);
    else connect(target, callback);
  };
}

function among(mayReach: (address: string) => boolean, lookup: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = Array.isArray(found) ? found.filter(({ address }) => mayReach(address)) : [];
      const [first] = addresses;
      if (first === undefined) return callback(notPublic(), []);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function notPublic(): Error {
  return new Error('not sent: the receiver has no public address, and its own is not allowed');
}
