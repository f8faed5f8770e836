import { describe, expect, it } from 'vitest';
import { rtpBytes } from '../../test/support/rtp-packets.ts';
import { RTP_HEADER_LENGTH, RtpReader, writeRtpHeader } from './packet.ts';

describe('RtpReader', () => {
  it('reads every field of a plain packet in place', () => {
    const bytes = rtpBytes({
      payloadType: 8,
      marker: true,
      sequence: 65535,
      timestamp: 0xfffffff0,
      ssrc: 0x80000001,
    });
    const packet = new RtpReader().read(bytes);
    expect(packet).toMatchObject({
      payloadType: 8,
      marker: true,
      sequence: 65535,
      timestamp: 0xfffffff0,
      ssrc: 0x80000001,
      contributorCount: 0,
      extensionProfile: undefined,
      payloadStart: 12,
      payloadLength: 160,
    });
    expect(packet?.payload.buffer).toBe(bytes.buffer);
  });

  it('finds the payload between contributors, extension and padding', () => {
    const payload = Uint8Array.of(1, 2, 3, 4, 5);
    const bytes = rtpBytes({ contributors: [7, 8], extension: [9, 10, 11], padding: 3, payload });
    const packet = new RtpReader().read(bytes);
    expect(packet?.contributorCount).toBe(2);
    expect(packet?.extensionProfile).toBe(0xbede);
    expect([...(packet?.payload ?? [])]).toEqual([1, 2, 3, 4, 5]);
  });

  it('accepts a packet without payload: some peers keep their NAT open with it', () => {
    expect(new RtpReader().read(rtpBytes({ payload: new Uint8Array(0) }))?.payloadLength).toBe(0);
  });

  it('reads from a view that does not begin at the start of its memory', () => {
    const memory = new Uint8Array(200);
    memory.set(rtpBytes({ sequence: 77, payload: Uint8Array.of(42) }), 20);
    const packet = new RtpReader().read(memory.subarray(20, 33));
    expect(packet?.sequence).toBe(77);
    expect([...(packet?.payload ?? [])]).toEqual([42]);
  });

  const plain = rtpBytes({ payload: new Uint8Array(0) });
  const withFirst = (octet: number, more = 0): Uint8Array => {
    const bytes = new Uint8Array(12 + more);
    bytes.set(plain);
    bytes[0] = octet;
    return bytes;
  };
  it.each([
    ['short', 'nothing at all', new Uint8Array(0)],
    ['short', 'eleven octets', plain.subarray(0, 11)],
    ['version', 'version 1', withFirst(0x40)],
    ['version', 'STUN', withFirst(0x00)],
    ['rtcp', 'a receiver report', Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0)],
    ['contributors', 'fifteen contributors in twelve octets', withFirst(0x8f)],
    ['extension', 'an extension header cut off', withFirst(0x90, 3)],
    [
      'extension',
      'an extension of 65535 words',
      (() => {
        const bytes = withFirst(0x90, 8);
        bytes.fill(0xff, 14, 16);
        return bytes;
      })(),
    ],
    ['padding', 'a padding count of 0', withFirst(0xa0, 4)],
    [
      'padding',
      'more padding than payload',
      (() => {
        const bytes = withFirst(0xa0, 4);
        bytes[15] = 5;
        return bytes;
      })(),
    ],
  ] as const)('refuses as %s: %s', (reason, _what, bytes) => {
    const reader = new RtpReader();
    expect(reader.read(bytes)).toBeUndefined();
    expect(reader.refused).toEqual({
      short: 0,
      version: 0,
      rtcp: 0,
      contributors: 0,
      extension: 0,
      padding: 0,
      [reason]: 1,
    });
  });
});

describe('writeRtpHeader', () => {
  it('writes what the reader reads, and only the header', () => {
    const bytes = new Uint8Array(RTP_HEADER_LENGTH + 3).fill(0xee);
    writeRtpHeader(bytes, 1, 101, true, 0x1_0002, -2, 0xdeadbeef);
    expect(bytes[0]).toBe(0xee);
    expect([...bytes.subarray(13)]).toEqual([0xee, 0xee]);
    const packet = new RtpReader().read(bytes.subarray(1));
    expect(packet).toMatchObject({
      payloadType: 101,
      marker: true,
      sequence: 2,
      timestamp: 0xfffffffe,
      ssrc: 0xdeadbeef,
      payloadLength: 2,
    });
  });
});
