import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './private-addresses.ts';

export interface ConnectorOptions {
  /** Whether receivers on loopback, private and link-local addresses are allowed. */
  readonly privateReceivers: boolean;
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
  const connect = buildConnector({
    timeout,
    allowH2: false,
    minVersion: 'TLSv1.2',
    lookup: privateReceivers ? lookup : publicOnly(lookup),
  } as buildConnector.BuildOptions);
  if (privateReceivers) return connect;
  return (target, callback) => {
    // An address in the URL itself is never looked up.
    if (isIP(target.hostname) !== 0 && !isPublicAddress(target.hostname)) callback(notPublic(), null);
    else connect(target, callback);
  };
}

function publicOnly(lookup: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = Array.isArray(found) ? found.filter(({ address }) => isPublicAddress(address)) : [];
      const [first] = addresses;
      if (first === undefined) return callback(notPublic(), []);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function notPublic(): Error {
  return new Error('not sent: the receiver has no public address, and private receivers are not allowed');
}
