import { describe, expect, it } from 'vitest';
import type { PeerVerdict } from '../../src/sip/user-agent/peer-watch.ts';
import { SipEndpoint } from '../../src/telephony/sip-endpoint.ts';
import { streamCarrier, udpCarrier } from '../support/carrier.ts';
import { certificate, opensslMissing } from '../support/certificate.ts';
import { takes, trunkContract } from './trunk.ts';

describe('over UDP', () => trunkContract({ open: udpCarrier }));
describe('over TCP', () => trunkContract({ open: (reply) => streamCarrier(reply) }));

describe.skipIf(opensslMissing)(`over TLS (${opensslMissing ?? 'openssl is installed'})`, () => {
  const { key, cert } = opensslMissing === undefined ? certificate() : { key: '', cert: '' };
  const pem = { key: key.toString(), cert: cert.toString() };
  trunkContract({ open: (reply) => streamCarrier(reply, pem), authorities: [pem.cert] });

  it.each([
    ['a carrier that nobody vouches for', { host: '127.0.0.1', authorities: [] }],
    ['a certificate for another name', { host: '127.0.0.1', name: 'carrier.test', authorities: [pem.cert] }],
  ])('tells nothing to %s', async (_, { host, authorities, ...named }) => {
    await using carrier = await streamCarrier(takes, pem);
    const endpoint = await SipEndpoint.start({
      listen: { host: '127.0.0.1', port: 0 },
      userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse' },
      authorities,
    });
    const { promise, resolve } = Promise.withResolvers<PeerVerdict>();
    endpoint.watch({
      target: 'sip:carrier.test',
      from: '<sip:us@127.0.0.1>',
      destination: { transport: 'TLS', host, port: carrier.port, ...named },
      interval: Infinity,
      patience: 10_000,
      onVerdict: resolve,
    });
    expect(await promise).toEqual({ kind: 'absent', why: 'transport' });
    expect(carrier.heard).toEqual([]);
    await endpoint.close();
  });
});
