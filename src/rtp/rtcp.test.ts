import { describe, expect, it } from 'vitest';
import { compactNtp, ntpTime, RtcpReader } from './rtcp.ts';
import type { ReportBlock, RtcpPacket } from './rtcp-packet.ts';
import { writeRtcp } from './rtcp-writer.ts';

const block: ReportBlock = {
  ssrc: 0xcafebabe,
  fractionLost: 255,
  cumulativeLost: -3,
  extendedHighestSequence: 0xffff_0001,
  jitter: 0xffff_ffff,
  lastSenderReport: 0x8000_0000,
  delaySinceLastSenderReport: 65536,
};

const compound: RtcpPacket[] = [
  {
    kind: 'senderReport',
    ssrc: 0xdeadbeef,
    ntpTime: { seconds: 0xe0000000, fraction: 0x8000_0000 },
    rtpTimestamp: 0xffff_fff0,
    packets: 3_000_000_000,
    octets: 4_000_000_000,
    blocks: [block, { ...block, ssrc: 1, cumulativeLost: 0x7f_ffff }],
  },
  {
    kind: 'sourceDescription',
    sources: [{ ssrc: 0xdeadbeef, canonicalName: 'leg' }, { ssrc: 2, canonicalName: 'four' }, { ssrc: 3 }],
  },
  { kind: 'receiverReport', ssrc: 5, blocks: [] },
  { kind: 'goodbye', sources: [0xdeadbeef, 2], reason: 'hung up' },
];

describe('RTCP', () => {
  it('reads back every field it writes', () => {
    const bytes = writeRtcp(compound);
    expect(bytes.length % 4).toBe(0);
    expect(new RtcpReader().read(bytes)).toEqual(compound);
  });

  it('reads the octets of RFC 3550 6.4.2', () => {
    const bytes = Uint8Array.from([
      0x81, 201, 0, 7, 0, 0, 0, 9, 0, 0, 0, 7, 128, 0xff, 0xff, 0xfe, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0,
      0, 0, 5,
    ]);
    expect(new RtcpReader().read(bytes)).toEqual([
      {
        kind: 'receiverReport',
        ssrc: 9,
        blocks: [
          {
            ssrc: 7,
            fractionLost: 128,
            cumulativeLost: -2,
            extendedHighestSequence: 0x1_0002,
            jitter: 3,
            lastSenderReport: 4,
            delaySinceLastSenderReport: 5,
          },
        ],
      },
    ]);
  });

  it('passes over profile extensions, unknown types, other items and padding at the end', () => {
    const octets = [
      // RR with eight octets of profile-specific extension
      [0x80, 201, 0, 3, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8],
      // APP
      [0x80, 204, 0, 2, 0, 0, 0, 9, 0x6e, 0x61, 0x6d, 0x65],
      // SDES with NAME before CNAME, padded by four
      [0xa1, 202, 0, 5, 0, 0, 0, 9, 2, 2, 0x41, 0x42, 1, 3, 0x63, 0x61, 0x74, 0, 0, 0, 0, 0, 0, 4],
    ].flat();
    expect(new RtcpReader().read(Uint8Array.from(octets))).toEqual([
      { kind: 'receiverReport', ssrc: 9, blocks: [] },
      { kind: 'sourceDescription', sources: [{ ssrc: 9, canonicalName: 'cat' }] },
    ]);
  });

  it('reads from a view that does not begin at the start of its memory', () => {
    const bytes = writeRtcp(compound);
    const memory = new Uint8Array(bytes.length + 7);
    memory.set(bytes, 5);
    expect(new RtcpReader().read(memory.subarray(5, 5 + bytes.length))).toEqual(compound);
  });

  it('refuses to write what no peer could read', () => {
    expect(() => writeRtcp([])).toThrow(RangeError);
    expect(() => writeRtcp([{ kind: 'goodbye', sources: [1] }])).toThrow(RangeError);
    const blocks = Array.from({ length: 32 }, () => block);
    expect(() => writeRtcp([{ kind: 'receiverReport', ssrc: 1, blocks }])).toThrow(RangeError);
    const canonicalName = 'x'.repeat(256);
    const report: RtcpPacket = { kind: 'receiverReport', ssrc: 1, blocks: [] };
    expect(() =>
      writeRtcp([report, { kind: 'sourceDescription', sources: [{ ssrc: 1, canonicalName }] }]),
    ).toThrow(RangeError);
  });

  it('tells NTP time', () => {
    expect(ntpTime(-2_208_988_800_000)).toEqual({ seconds: 0, fraction: 0 });
    expect(ntpTime(500)).toEqual({ seconds: 2_208_988_800, fraction: 0x8000_0000 });
    expect(compactNtp({ seconds: 0x1234_5678, fraction: 0x9abc_def0 })).toBe(0x5678_9abc);
  });
});
