import { describe, expect, it } from 'vitest';
import { readRtp, rtpPacket, seeded32 } from '../../test/support/rtp-packets.ts';
import { RTP_HEADER_LENGTH, type RtpPacket } from './packet.ts';
import { RtpForwarder } from './rtp-forwarder.ts';
import { RtpSender } from './rtp-sender.ts';
import { sequenceDistance, timestampDistance } from './serial.ts';

function stamp(sender: RtpSender, due: number): RtpPacket {
  const bytes = new Uint8Array(RTP_HEADER_LENGTH);
  sender.stamp(bytes, 0, 8, 160, due);
  return readRtp(bytes);
}

function forward(forwarder: RtpForwarder, packet: RtpPacket, now: number): RtpPacket | undefined {
  const bytes = new Uint8Array(RTP_HEADER_LENGTH);
  return forwarder.forward(packet, 8, bytes, 0, now) ? readRtp(bytes) : undefined;
}

/** From one packet to the next, in sequence numbers and timestamps. */
function steps(packets: readonly RtpPacket[]): [number, number][] {
  return packets.slice(1).map((packet, index) => {
    const before = packets[index]!;
    return [
      sequenceDistance(packet.sequence, before.sequence),
      timestampDistance(packet.timestamp, before.timestamp),
    ];
  });
}

describe('RtpSender', () => {
  it('begins at random numbers, with the marker on the first packet of a talkspurt', () => {
    const [one, other] = [new RtpSender(seeded32(1)), new RtpSender(seeded32(2))];
    expect(one.ssrc).not.toBe(other.ssrc);
    const packets = [stamp(one, 1000), stamp(one, 1020), stamp(one, 1040)];
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false]);
    expect(packets[0]?.sequence).not.toBe(stamp(other, 1000).sequence);
    expect(packets[0]?.sequence).toBeLessThan(0x8000);
    one.beginTalkspurt();
    expect(stamp(one, 1060).marker).toBe(true);
    expect(one).toMatchObject({ packets: 4, octets: 640 });
  });

  it('steps by the frame as long as frames are due one after another', () => {
    const sender = new RtpSender(seeded32(3));
    const packets = Array.from({ length: 100 }, (_, index) => stamp(sender, 1_790_000_000_003 + index * 20));
    expect(steps(packets)).toEqual(Array.from({ length: 99 }, () => [1, 160]));
  });

  it('lets the timestamp go on over a pause, the sequence number not (RFC 3550 5.1)', () => {
    const sender = new RtpSender(seeded32(4));
    const packets = [stamp(sender, 0), stamp(sender, 20), stamp(sender, 5020)];
    expect(steps(packets)).toEqual([
      [1, 160],
      [1, 40_000],
    ]);
  });

  it('never goes back, even when a frame is due before the last one ended', () => {
    const sender = new RtpSender(seeded32(5));
    const packets = [stamp(sender, 0), stamp(sender, 5), stamp(sender, 25)];
    expect(steps(packets)).toEqual([
      [1, 160],
      [1, 160],
    ]);
  });
});

describe('RtpForwarder (RFC 3550 7.1)', () => {
  const source = (index: number, more: { ssrc?: number; shift?: number } = {}): RtpPacket =>
    rtpPacket({
      ssrc: more.ssrc ?? 77,
      sequence: 65_530 + index,
      timestamp: 0xffff_fe00 + index * 160 + (more.shift ?? 0),
    });

  it('goes on from a prompt to the source and back without a jump', () => {
    const sender = new RtpSender(seeded32(6));
    const forwarder = new RtpForwarder(sender);
    const packets: RtpPacket[] = [];
    for (let due = 0; due < 100; due += 20) packets.push(stamp(sender, due));
    for (let index = 0; index < 10; index++)
      packets.push(forward(forwarder, source(index), 103 + index * 20)!);
    for (let due = 300; due < 400; due += 20) packets.push(stamp(sender, due));
    expect(steps(packets).map(([sequence]) => sequence)).toEqual(Array.from({ length: 19 }, () => 1));
    for (const [, timestamp] of steps(packets)) {
      expect(timestamp).toBeGreaterThanOrEqual(160);
      expect(timestamp).toBeLessThanOrEqual(200);
    }
    expect(packets.map(({ marker }) => marker)).toEqual(
      packets.map((_, index) => index === 0 || index === 5),
    );
    expect(new Set(packets.map(({ ssrc }) => ssrc))).toEqual(new Set([sender.ssrc]));
  });

  it('leaves losses and disorder as they were', () => {
    const forwarder = new RtpForwarder(new RtpSender(seeded32(7)));
    const order = [0, 1, 4, 3, 5, 5, 9];
    const packets = order.map((index, step) => forward(forwarder, source(index), step * 20)!);
    expect(steps(packets)).toEqual([
      [1, 160],
      [3, 480],
      [-1, -160],
      [2, 320],
      [0, 0],
      [4, 640],
    ]);
  });

  it('drops what is older than the join', () => {
    const forwarder = new RtpForwarder(new RtpSender(seeded32(8)));
    forward(forwarder, source(5), 0);
    expect(forward(forwarder, source(4), 1)).toBeUndefined();
    expect(forward(forwarder, source(6), 20)).toBeDefined();
  });

  it('closes the gap of packets that are not forwarded', () => {
    const forwarder = new RtpForwarder(new RtpSender(seeded32(9)));
    const packets = [forward(forwarder, source(0), 0)!];
    forwarder.skip(source(1));
    forwarder.skip(source(2));
    packets.push(forward(forwarder, source(3), 60)!);
    expect(forward(forwarder, source(1), 61)).toBeUndefined();
    expect(steps(packets)).toEqual([[1, 480]]);
  });

  it.each([
    ['another SSRC', rtpPacket({ ssrc: 5, sequence: 9, timestamp: 9 })],
    ['a jump of the sequence', rtpPacket({ ssrc: 77, sequence: 30_000, timestamp: 0xffff_fe00 + 320 })],
    ['a jump of the timestamp', rtpPacket({ ssrc: 77, sequence: 65_532, timestamp: 1_000_000 })],
  ])('goes on evenly over %s', (_what, packet) => {
    const forwarder = new RtpForwarder(new RtpSender(seeded32(10)));
    const packets = [
      forward(forwarder, source(0), 0)!,
      forward(forwarder, source(1), 20)!,
      forward(forwarder, packet, 40)!,
    ];
    expect(steps(packets)).toEqual([
      [1, 160],
      [1, 160],
    ]);
    expect(packets[2]?.marker).toBe(true);
  });

  it('keeps the pause of a speaker who sends nothing while silent', () => {
    const forwarder = new RtpForwarder(new RtpSender(seeded32(11)));
    const packets = [
      forward(forwarder, source(0), 0)!,
      forward(forwarder, source(1, { shift: 80_000 }), 10_020)!,
    ];
    expect(steps(packets)).toEqual([[1, 80_160]]);
    expect(packets[1]?.marker).toBe(false);
  });

  it('finds the place of an event among the audio, unless it has numbers of its own', () => {
    const sender = new RtpSender(seeded32(12));
    const forwarder = new RtpForwarder(sender);
    expect(forwarder.place(source(0))).toBeUndefined();
    const audio = forward(forwarder, source(0), 0)!;
    expect(forwarder.place(source(2))).toEqual({
      sequence: (audio.sequence + 2) & 0xffff,
      timestamp: (audio.timestamp + 320) >>> 0,
    });
    expect(forwarder.place(source(3, { ssrc: 1234 }))).toBeUndefined();
    expect(forwarder.place(rtpPacket({ ssrc: 77, sequence: 100 }))).toBeDefined();
    expect(forwarder.place(rtpPacket({ ssrc: 77, sequence: 20_000 }))).toBeUndefined();
  });
});
