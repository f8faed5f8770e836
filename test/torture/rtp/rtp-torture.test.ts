import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RtpReader } from '../../../src/rtp/packet.ts';
import { RtcpReader } from '../../../src/rtp/rtcp.ts';

/** What each file of this folder is to its reader: the reason of its refusal, or what was found in it. */
const verdicts: Readonly<Record<string, string>> = {
  empty: 'short',
  'rtp-eleven-octets': 'short',
  'rtp-header-only': 'payload of 0',
  'rtp-version-0-stun-binding-request': 'version',
  'rtp-version-3': 'version',
  'rtp-dtls-client-hello': 'version',
  'rtp-fifteen-contributors-in-twelve-octets': 'contributors',
  'rtp-contributors-fill-the-packet': 'payload of 0',
  'rtp-extension-header-truncated': 'extension',
  'rtp-extension-longer-than-packet': 'extension',
  'rtp-extension-up-to-the-end': 'payload of 0',
  'rtp-padding-count-zero': 'padding',
  'rtp-padding-longer-than-payload': 'padding',
  'rtp-padding-count-255-of-header-only': 'padding',
  'rtp-padding-eats-the-payload': 'payload of 0',
  'rtp-everything-set-and-nothing-there': 'contributors',
  'rtp-payload-of-65-kilobytes': 'payload of 65495',
  'rtcp-on-the-rtp-port': 'receiverReport receiverReport',
  'rtcp-seven-octets': 'short',
  'rtcp-version-1': 'version',
  'rtcp-begins-with-sdes': 'notReport',
  'rtcp-length-beyond-end': 'length',
  'rtcp-second-packet-without-header': 'length',
  'rtcp-second-packet-of-version-0': 'version',
  'rtcp-sender-report-truncated': 'body',
  'rtcp-thirty-one-blocks-in-one': 'body',
  'rtcp-padding-in-the-middle': 'padding',
  'rtcp-padding-longer-than-packet': 'padding',
  'rtcp-padding-not-of-four': 'padding',
  'rtcp-sdes-item-truncated': 'body',
  'rtcp-sdes-item-without-length': 'body',
  'rtcp-sdes-without-end': 'body',
  'rtcp-sdes-thirty-one-chunks-in-one': 'body',
  'rtcp-sdes-name-not-utf-8': 'receiverReport sourceDescription',
  'rtcp-bye-sources-missing': 'body',
  'rtcp-bye-reason-truncated': 'body',
  'rtcp-bye-of-nobody': 'receiverReport goodbye',
  'rtcp-four-hundred-empty-reports': 'receiverReport x 400',
  'rtcp-app-with-name-of-nuls': 'receiverReport',
};

function reasonOf(refused: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(refused).filter(([, count]) => count > 0);
  expect(reasons.map(([, count]) => count)).toEqual([1]);
  return reasons[0]![0];
}

function asRtp(bytes: Uint8Array): string {
  const reader = new RtpReader();
  const packet = reader.read(bytes);
  return packet === undefined ? reasonOf(reader.refused) : `payload of ${packet.payload.length}`;
}

function asRtcp(bytes: Uint8Array): string {
  const reader = new RtcpReader();
  const packets = reader.read(bytes);
  if (packets === undefined) return reasonOf(reader.refused);
  const kinds = packets.map(({ kind }) => kind);
  return kinds.length > 9 ? `${kinds[0]} x ${kinds.length}` : kinds.join(' ');
}

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bin'));

test('every file has a verdict, and every verdict a file', () => {
  expect(files.map((name) => name.slice(0, -4)).sort()).toEqual(Object.keys(verdicts).sort());
});

test.each(files)('%s', (file) => {
  const bytes = readFileSync(new URL(file, import.meta.url));
  const name = file.slice(0, -4);
  expect(name.startsWith('rtcp-') ? asRtcp(bytes) : asRtp(bytes)).toBe(verdicts[name]);
});

test('an RTCP packet that reaches the RTP port is told apart', () => {
  expect(asRtp(readFileSync(new URL('rtcp-on-the-rtp-port.bin', import.meta.url)))).toBe('rtcp');
});
