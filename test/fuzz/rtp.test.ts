import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer } from '../../src/rtp/jitter-buffer.ts';
import { RTP_HEADER_LENGTH, RtpReader } from '../../src/rtp/packet.ts';
import { RtcpReader } from '../../src/rtp/rtcp.ts';
import type { RtcpPacket } from '../../src/rtp/rtcp-packet.ts';
import { RtcpSession } from '../../src/rtp/rtcp-session.ts';
import { writeRtcp } from '../../src/rtp/rtcp-writer.ts';
import { RtpForwarder } from '../../src/rtp/rtp-forwarder.ts';
import { RtpSender } from '../../src/rtp/rtp-sender.ts';
import { SourceLatch } from '../../src/rtp/source-latch.ts';
import { ReceptionStatistics } from '../../src/rtp/statistics.ts';
import { TelephoneEventReceiver } from '../../src/rtp/telephone-event.ts';
import { farEnd, MediaBench } from '../support/media-bench.ts';
import { rtpPacket, seeded32 } from '../support/rtp-packets.ts';

const anyBytes = fc.uint8Array({ maxLength: 400 });
const uint32 = fc.nat(0xffff_ffff);

/** Bytes that get past the first checks: version 2, and a packet type or payload type of choice. */
const nearlyRtp = fc
  .tuple(fc.integer({ min: 0x80, max: 0xbf }), fc.nat(255), anyBytes)
  .map(([first, second, rest]) => Uint8Array.of(first, second, ...rest));

const nearlyRtcp = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0x80, max: 0xbf }),
      fc.constantFrom(200, 201, 202, 203, 204),
      fc.uint8Array({ maxLength: 60 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((packets) =>
    Uint8Array.from(
      packets.flatMap(([first, type, body]) => {
        const words = Math.floor(body.length / 4);
        return [first, type, 0, words, ...body.subarray(0, 4 * words)];
      }),
    ),
  );

const block = fc.record({
  ssrc: uint32,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  extendedHighestSequence: uint32,
  jitter: uint32,
  lastSenderReport: uint32,
  delaySinceLastSenderReport: uint32,
});
const blocks = fc.array(block, { maxLength: 31 });
const name = fc.string({ unit: 'grapheme', maxLength: 20 });
const senderReport = fc.record({
  kind: fc.constant('senderReport' as const),
  ssrc: uint32,
  ntpTime: fc.record({ seconds: uint32, fraction: uint32 }),
  rtpTimestamp: uint32,
  packets: uint32,
  octets: uint32,
  blocks,
});
const receiverReport = fc.record({ kind: fc.constant('receiverReport' as const), ssrc: uint32, blocks });
const description = fc.record({
  kind: fc.constant('sourceDescription' as const),
  sources: fc.array(fc.record({ ssrc: uint32, canonicalName: name }), { maxLength: 31 }),
});
const goodbye = fc.record({
  kind: fc.constant('goodbye' as const),
  sources: fc.array(uint32, { maxLength: 31 }),
  reason: name.filter((text) => text.length > 0),
});
const compound: fc.Arbitrary<RtcpPacket[]> = fc
  .tuple(
    fc.oneof(senderReport, receiverReport),
    fc.array(fc.oneof(senderReport, receiverReport, description, goodbye)),
  )
  .map(([first, rest]) => [first, ...rest]);

describe('any bytes', () => {
  it('are an RTP packet whose payload lies within them, or counted', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, nearlyRtp), (bytes) => {
        const reader = new RtpReader();
        const packet = reader.read(bytes);
        const refused = Object.values(reader.refused).reduce((sum, count) => sum + count, 0);
        expect(refused).toBe(packet === undefined ? 1 : 0);
        if (packet === undefined) return;
        expect(packet.payloadStart).toBeGreaterThanOrEqual(RTP_HEADER_LENGTH);
        expect(packet.payloadEnd).toBeGreaterThanOrEqual(packet.payloadStart);
        expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('are RTCP or counted, and what was read can be acted on', () => {
    const random = seeded32(1);
    const reception = new ReceptionStatistics(8000);
    const session = new RtcpSession({
      sender: new RtpSender(random),
      reception,
      canonicalName: 'fuzz',
      random,
      clockRate: 8000,
    });
    fc.assert(
      fc.property(fc.oneof(anyBytes, nearlyRtp, nearlyRtcp), (bytes) => {
        const reader = new RtcpReader();
        const packets = reader.read(bytes);
        const refused = Object.values(reader.refused).reduce((sum, count) => sum + count, 0);
        expect(refused).toBe(packets === undefined ? 1 : 0);
        if (packets === undefined) return;
        session.receive(packets, 1_790_000_000_000);
        expect(new RtcpReader().read(session.report(1_790_000_000_020))).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });
});

it('every RTCP compound is read back as it was written', () => {
  fc.assert(
    fc.property(compound, (packets) => {
      expect(new RtcpReader().read(writeRtcp(packets))).toEqual(packets);
    }),
  );
});

const wildPacket = fc.record({
  ssrc: fc.constantFrom(1, 2),
  sequence: fc.oneof(fc.nat(20), fc.nat(65535)),
  timestamp: fc.oneof(fc.nat(5000), uint32),
  marker: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 2200 }),
});
const steps = fc.array(fc.tuple(wildPacket, fc.nat(300), fc.boolean()), { maxLength: 60 });

describe('any sequence of packets', () => {
  it('leaves the jitter buffer within its bounds', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(80, 160, 240, 480), (packets, frame) => {
        const buffer = new JitterBuffer({ silence: 0xff });
        let now = 0;
        for (const [packet, elapsed, takes] of packets) {
          now += elapsed;
          buffer.put(packet, packet.payload, now);
          expect(buffer.level).toBeGreaterThanOrEqual(0);
          expect(buffer.level).toBeLessThanOrEqual(200);
          const into = new Uint8Array(frame);
          if (takes && buffer.take(into, now) === 'gap')
            expect(into.every((sample) => sample === 0xff)).toBe(true);
        }
      }),
    );
  });

  it('is forwarded with numbers in range, and counted without running below zero', () => {
    fc.assert(
      fc.property(steps, (packets) => {
        const sender = new RtpSender(seeded32(2));
        const forwarder = new RtpForwarder(sender);
        const statistics = new ReceptionStatistics(8000);
        const header = new Uint8Array(RTP_HEADER_LENGTH);
        let now = 0;
        let forwarded = 0;
        for (const [fields, elapsed, isEvent] of packets) {
          now += elapsed;
          const packet = rtpPacket(fields);
          statistics.receive(packet, !isEvent, now);
          if (isEvent) forwarder.skip(packet);
          else if (forwarder.forward(packet, 8, header, 0, now)) forwarded++;
        }
        expect(sender.packets).toBe(forwarded);
        expect(statistics.packets).toBe(packets.length);
        expect(statistics.lost).toBeGreaterThanOrEqual(0);
        expect(statistics.jitter).toBeGreaterThanOrEqual(0);
        const reception = statistics.takeReception();
        if (reception !== undefined) expect(reception.fractionLost).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('reports at most one key a packet, and only keys', () => {
    const events = fc.array(fc.tuple(fc.nat(2000), fc.uint8Array({ maxLength: 8 }), fc.nat(1000)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(events, (packets) => {
        const receiver = new TelephoneEventReceiver();
        let now = 0;
        for (const [timestamp, payload, elapsed] of packets) {
          now += elapsed;
          expect(receiver.receive(timestamp, payload, now) ?? '0').toMatch(/^[0-9*#A-D]$/);
        }
      }),
    );
  });

  it('never moves a latch that is set', () => {
    const sources = fc.array(
      fc.tuple(fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'), fc.constantFrom(1, 2)),
      {
        maxLength: 80,
      },
    );
    fc.assert(
      fc.property(sources, (packets) => {
        const latch = new SourceLatch();
        latch.expect({ host: '192.0.2.1', port: 1 });
        let held: unknown;
        for (const [host, port] of packets) {
          const verdict = latch.receive(host, port);
          if (held !== undefined) {
            expect(latch.latched).toBe(held);
            expect(verdict === 'accepted').toBe(latch.latched?.host === host && latch.latched.port === port);
          }
          held = latch.latched;
        }
      }),
    );
  });
});

it('any datagrams to a bridged call disturb nobody: what is sent stays one well-formed stream', async () => {
  const datagram = fc.record({
    bytes: fc.oneof(
      anyBytes,
      nearlyRtcp,
      fc
        .tuple(fc.constantFrom(8, 0, 101, 0x88, 0xe5), fc.uint8Array({ minLength: 10, maxLength: 500 }))
        .map(([second, rest]) => Uint8Array.of(0x80, second, ...rest)),
    ),
    to: fc.constantFrom(0, 1),
    report: fc.boolean(),
    known: fc.boolean(),
    elapsed: fc.nat(60),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { maxLength: 60 }), fc.boolean(), async (datagrams, transcodes) => {
      const bench = new MediaBench();
      const streams = [
        await bench.openConfigured(),
        await bench.openConfigured({ codec: transcodes ? 'PCMU' : 'PCMA' }),
      ];
      bench.worker.receive({ kind: 'hear', stream: streams[0]!.id, source: streams[1]!.id });
      bench.worker.receive({ kind: 'hear', stream: streams[1]!.id, source: streams[0]!.id });
      for (const { bytes, to, report, known, elapsed } of datagrams) {
        const stream = streams[to]!;
        const from = known ? farEnd(stream) : { host: '198.51.100.66', port: 6666 };
        const port = bench.network.bound.get(report ? stream.rtcpPort : stream.port);
        port?.onDatagram?.(Uint8Array.from(bytes), from.host, report ? from.port + 1 : from.port);
        bench.advance(elapsed);
      }
      for (const stream of streams) {
        const sent = bench.sentBy(stream);
        expect(new Set(sent.map(({ packet }) => packet.ssrc)).size).toBeLessThanOrEqual(1);
        for (const { packet } of sent) expect([0, 8, 101]).toContain(packet.payloadType);
        for (const { bytes } of bench.reportsBy(stream)) expect(new RtcpReader().read(bytes)).toBeDefined();
      }
      await bench.worker.shutDown();
      expect(bench.network.bound.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});
