import { describe, expect, it } from 'vitest';
import { farEnd, MediaBench } from '../../../test/support/media-bench.ts';
import { RtcpReader } from '../../rtp/rtcp.ts';
import type { RtcpPacket } from '../../rtp/rtcp-packet.ts';
import { writeRtcp } from '../../rtp/rtcp-writer.ts';

const SILENT_FRAME = new Uint8Array(160).fill(0xd5);

describe('a stream on the clock', () => {
  it('sends and accepts nothing before it is configured', async () => {
    const bench = new MediaBench();
    const stream = await bench.open();
    expect([stream.port % 2, stream.rtcpPort]).toEqual([0, stream.port + 1]);
    bench.deliver(stream, { sequence: 1 });
    bench.advance(1000);
    expect(bench.network.sent).toEqual([]);
    expect(bench.toldOf('firstPacket')).toEqual([]);
  });

  it('keeps itself alive with a packet of silence each 20 ms', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.advance(1000);
    const sent = bench.sentBy(stream);
    expect(sent.length).toBeGreaterThanOrEqual(50);
    expect(sent[0]).toMatchObject(farEnd(stream));
    expect(sent.map(({ packet }) => packet.marker)).toEqual(sent.map((_, index) => index === 0));
    for (const [index, { at, packet }] of sent.entries()) {
      expect([...packet.payload]).toEqual([...SILENT_FRAME]);
      if (index === 0) continue;
      const before = sent[index - 1]!;
      expect(at - before.at).toBe(20);
      expect((packet.timestamp - before.packet.timestamp) >>> 0).toBe(160);
      expect((packet.sequence - before.packet.sequence) & 0xffff).toBe(1);
    }
  });

  it.each([
    [10, 100],
    [20, 50],
    [30, 33],
    [60, 16],
  ])('keeps the pace with packets of %i ms', async (ptime, count) => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ ptime });
    bench.advance(1000);
    const sent = bench.sentBy(stream);
    expect(Math.abs(sent.length - count)).toBeLessThanOrEqual(1 + 20 / ptime);
    for (const [index, { packet }] of sent.entries()) {
      expect(packet.payloadLength).toBe(ptime * 8);
      if (index > 0) expect((packet.timestamp - sent[index - 1]!.packet.timestamp) >>> 0).toBe(ptime * 8);
    }
  });

  it('catches up what it was late for, but not more than a receiver could use', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.advance(100);
    const before = bench.sentBy(stream).length;
    bench.now += 100;
    bench.worker.wake();
    expect(bench.sentBy(stream).length - before).toBe(5);
    bench.now += 10_000;
    bench.worker.wake();
    const sent = bench.sentBy(stream);
    expect(sent.length - before - 5).toBeLessThanOrEqual(11);
    // The timestamps tell the truth about the pause.
    const span = (sent.at(-1)!.packet.timestamp - sent[0]!.packet.timestamp) >>> 0;
    expect(span / 8).toBeGreaterThan(10_000);
    bench.worker.receive({ kind: 'lateness', request: 7 });
    expect(bench.toldOf('lateness')[0]).toMatchObject({ request: 7 });
    expect(bench.toldOf('lateness')[0]!.snapshot.skipped).toBeGreaterThan(1900);
  });

  it('spreads streams over the clock', async () => {
    const bench = new MediaBench();
    const streams = [];
    for (let index = 0; index < 8; index++) streams.push(await bench.openConfigured());
    bench.advance(200);
    const slots = streams.map((stream) => bench.sentBy(stream)[0]!.at % 20);
    expect([...new Set(slots)].map((slot) => slots.filter((other) => other === slot).length)).toEqual([
      2, 2, 2, 2,
    ]);
  });
});

describe('hold (RFC 3264 8.4)', () => {
  it.each(['recvonly', 'inactive'] as const)(
    'sends nothing while %s, and goes on after it',
    async (direction) => {
      const bench = new MediaBench();
      const stream = await bench.openConfigured();
      bench.advance(100);
      bench.configure(stream, { direction });
      const held = bench.now + 1;
      bench.advance(1000);
      expect(bench.sentBy(stream, held)).toEqual([]);
      bench.configure(stream);
      const resumed = bench.now + 1;
      bench.advance(100);
      const sent = bench.sentBy(stream);
      const after = bench.sentBy(stream, resumed);
      expect(after[0]?.packet.marker).toBe(true);
      const last = sent[sent.length - after.length - 1]!;
      expect((after[0]!.packet.sequence - last.packet.sequence) & 0xffff).toBe(1);
      expect((after[0]!.packet.timestamp - last.packet.timestamp) >>> 0).toBe((after[0]!.at - last.at) * 8);
    },
  );

  it('does not listen to a far end that we hold', async () => {
    const bench = new MediaBench();
    const [a, b] = [await bench.openConfigured({ direction: 'sendonly' }), await bench.openConfigured()];
    bench.worker.receive({ kind: 'hear', stream: b.id, source: a.id });
    bench.advance(200, (index) =>
      bench.deliver(a, { sequence: index, timestamp: index * 160, payload: new Uint8Array(160) }),
    );
    expect(bench.sentBy(b).every(({ packet }) => packet.payload[0] === 0xd5)).toBe(true);
    expect(bench.sentBy(a).length).toBeGreaterThan(5);
  });
});

describe('silent media', () => {
  const SILENT_AFTER = 120_000;

  it('are reported once for each silence, in time', async () => {
    const bench = new MediaBench({ silentAfter: SILENT_AFTER });
    const stream = await bench.openConfigured();
    bench.advance(60_000);
    bench.deliver(stream, { sequence: 1 });
    bench.advance(SILENT_AFTER - 40);
    expect(bench.toldOf('silentMedia')).toEqual([]);
    bench.advance(60);
    expect(bench.toldOf('silentMedia')).toEqual([{ kind: 'silentMedia', stream: stream.id }]);
    bench.advance(SILENT_AFTER * 2);
    expect(bench.toldOf('silentMedia').length).toBe(1);
    bench.deliver(stream, { sequence: 2 });
    bench.advance(SILENT_AFTER + 20);
    expect(bench.toldOf('silentMedia').length).toBe(2);
  });

  it('are not reported while reports come: a mute phone is no vanished one', async () => {
    const bench = new MediaBench({ silentAfter: SILENT_AFTER });
    const stream = await bench.openConfigured();
    const report = writeRtcp([{ kind: 'receiverReport', ssrc: 1, blocks: [] }]);
    for (let minute = 0; minute < 10; minute++) {
      bench.advance(60_000);
      bench.deliverReport(stream, report);
    }
    expect(bench.toldOf('silentMedia')).toEqual([]);
  });

  it('are no wonder while the far end is held, and counted anew after it', async () => {
    const bench = new MediaBench({ silentAfter: SILENT_AFTER });
    const stream = await bench.openConfigured({ direction: 'sendonly' });
    bench.advance(SILENT_AFTER * 3);
    bench.configure(stream, { direction: 'inactive' });
    bench.advance(SILENT_AFTER * 3);
    bench.configure(stream);
    bench.advance(SILENT_AFTER - 40);
    expect(bench.toldOf('silentMedia')).toEqual([]);
    bench.advance(60);
    expect(bench.toldOf('silentMedia').length).toBe(1);
  });

  it('are not broken by strangers or by noise', async () => {
    const bench = new MediaBench({ silentAfter: 1000 });
    const stream = await bench.openConfigured();
    for (let index = 0; index < 3; index++) bench.deliver(stream, { sequence: index });
    bench.advance(1020, (index) => {
      bench.deliver(stream, { sequence: index }, { host: '198.51.100.66', port: 6666 });
      bench.deliver(stream, { sequence: index, payloadType: 99 });
      bench.network.bound
        .get(stream.port)
        ?.onDatagram?.(new Uint8Array(index), '192.0.2.1', farEnd(stream).port);
    });
    expect(bench.toldOf('silentMedia').length).toBe(1);
    bench.worker.receive({ kind: 'statistics', stream: stream.id, request: 1 });
    const dropped = bench.toldOf('statistics')[0]?.statistics?.dropped;
    expect(dropped).toMatchObject({ strangers: 51, unknownPayload: 51, malformed: 51 });
  });
});

describe('the far end', () => {
  it('is told of once, at its first packet', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.advance(1000);
    bench.deliver(stream, { sequence: 1, payload: new Uint8Array(0) });
    bench.deliver(stream, { sequence: 2, payloadType: 101, payload: new Uint8Array(4) });
    expect(bench.toldOf('firstPacket')).toEqual([]);
    bench.advance(100, (index) => bench.deliver(stream, { sequence: 3 + index }));
    expect(bench.toldOf('firstPacket')).toEqual([{ kind: 'firstPacket', stream: stream.id }]);
  });

  it('gets its media where it sends from, and nobody can take them away', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const nat = { host: '203.0.113.7', port: 61_000 };
    bench.advance(100, (index) => bench.deliver(stream, { sequence: index }, nat));
    const since = bench.now;
    bench.advance(200, (index) =>
      bench.deliver(stream, { sequence: 5 + index }, { host: '198.51.100.66', port: 6666 }),
    );
    const sent = bench.sentBy(stream, since);
    expect(sent.length).toBeGreaterThan(8);
    for (const datagram of sent) expect(datagram).toMatchObject(nat);
  });

  it('is heard and answered at the address it signalled, although a stranger was first', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const stranger = { host: '198.51.100.66', port: 6666 };
    bench.advance(200, (index) => bench.deliver(stream, { sequence: 900 + index }, stranger));
    expect(bench.sentBy(stream).at(-1)).toMatchObject(stranger);
    bench.advance(200, (index) => bench.deliver(stream, { sequence: index }));
    expect(bench.sentBy(stream).at(-1)).toMatchObject(farEnd(stream));
    bench.advance(6_000, (index) => bench.deliver(stream, { sequence: 910 + index }, stranger));
    expect(bench.sentBy(stream).at(-1)).toMatchObject(farEnd(stream));
  });

  it('is followed to a new address that it signals', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.advance(100, (index) => bench.deliver(stream, { sequence: index }));
    const moved = { host: '192.0.2.77', port: 5004 };
    bench.configure(stream, { remote: moved });
    const since = bench.now + 1;
    bench.advance(100);
    for (const datagram of bench.sentBy(stream, since)) expect(datagram).toMatchObject(moved);
  });

  it('without an address yet is answered where it sends from', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ remote: undefined, rtcp: undefined });
    bench.advance(100);
    expect(bench.sentBy(stream)).toEqual([]);
    bench.advance(100, (index) => bench.deliver(stream, { sequence: index }));
    expect(bench.sentBy(stream).at(-1)).toMatchObject(farEnd(stream));
  });

  it('presses keys, each told once', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const press = (key: number, timestamp: number, sequence: number): void => {
      for (let packet = 0; packet < 6; packet++) {
        const payload = Uint8Array.of(key, packet >= 3 ? 0x8a : 0x0a, 0, 160 * Math.min(packet, 3));
        bench.deliver(stream, {
          payloadType: 101,
          marker: packet === 0,
          timestamp,
          sequence: sequence + packet,
          payload,
        });
      }
    };
    press(1, 1000, 10);
    press(11, 4000, 30);
    expect(bench.toldOf('key').map(({ key }) => key)).toEqual(['1', '#']);
  });
});

describe('RTCP', () => {
  const read = (bytes: Uint8Array): RtcpPacket[] => new RtcpReader().read(bytes) ?? [];

  it('reports about every 5 s to the next port, and says goodbye', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    const { host, port } = farEnd(stream);
    bench.advance(60_000, (index) =>
      bench.deliver(stream, { ssrc: 9, sequence: index, timestamp: index * 160 }),
    );
    const reports = bench.reportsBy(stream);
    expect(reports.length).toBeGreaterThanOrEqual(8);
    expect(reports.length).toBeLessThanOrEqual(25);
    for (const report of reports) expect(report).toMatchObject({ host, port: port + 1 });
    expect(read(reports.at(-1)!.bytes)[0]).toMatchObject({
      kind: 'senderReport',
      ssrc: bench.sentBy(stream)[0]?.packet.ssrc,
      blocks: [{ ssrc: 9, cumulativeLost: 0, fractionLost: 0 }],
    });
    bench.worker.receive({ kind: 'close', stream: stream.id });
    await bench.settle();
    expect(read(bench.reportsBy(stream).at(-1)!.bytes).map(({ kind }) => kind)).toContain('goodbye');
  });

  it('keeps reporting while the call is on hold', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ direction: 'inactive' });
    bench.advance(30_000);
    expect(bench.reportsBy(stream).length).toBeGreaterThanOrEqual(3);
    expect(read(bench.reportsBy(stream)[0]!.bytes)[0]?.kind).toBe('receiverReport');
  });

  it('is not sent by a stream that never knew its far end', async () => {
    const bench = new MediaBench();
    const stream = await bench.open();
    bench.worker.receive({ kind: 'close', stream: stream.id });
    await bench.settle();
    expect(bench.network.sent).toEqual([]);
    expect(bench.toldOf('closed').length).toBe(1);
  });

  it('brings what the far end heard of us into the statistics', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.advance(1000);
    const { ssrc } = bench.sentBy(stream)[0]!.packet;
    const block = {
      ssrc,
      fractionLost: 64,
      cumulativeLost: 12,
      extendedHighestSequence: 50,
      jitter: 80,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    };
    bench.deliverReport(stream, writeRtcp([{ kind: 'receiverReport', ssrc: 5, blocks: [block] }]));
    bench.deliverReport(stream, Uint8Array.of(0x80, 201, 255, 255, 0, 0, 0, 0));
    bench.worker.receive({ kind: 'close', stream: stream.id });
    await bench.settle();
    expect(bench.toldOf('closed')[0]?.statistics).toMatchObject({
      farEnd: { fractionLost: 0.25, lost: 12, jitter: 10, roundTrip: undefined },
      received: { reports: 1 },
      dropped: { malformedReports: 1 },
    });
  });
});

describe('ports', () => {
  it('that other programs hold are passed over, with their pair', async () => {
    const bench = new MediaBench({ firstPort: 20_001, lastPort: 20_009 });
    bench.network.taken.set(20_002, 'EADDRINUSE').set(20_005, 'EADDRINUSE');
    expect((await bench.open()).port).toBe(20_006);
    expect([...bench.network.bound.keys()]).toEqual([20_006, 20_007]);
    expect((await bench.open()).port).toBe(20_008);
    expect(await bench.tryOpen()).toMatchObject({ kind: 'refused', why: { reason: 'noFreePort', pairs: 4 } });
  });

  it('rest before they are given to another stream', async () => {
    const bench = new MediaBench({ firstPort: 20_000, lastPort: 20_001 });
    const stream = await bench.open();
    bench.worker.receive({ kind: 'close', stream: stream.id });
    await bench.settle();
    expect(bench.network.bound.size).toBe(0);
    expect(bench.worker.deadline).toBe(Infinity);
    bench.now += 4999;
    expect(await bench.tryOpen()).toMatchObject({ kind: 'refused' });
    bench.now += 1;
    expect((await bench.open()).port).toBe(20_000);
  });

  it('that cannot be bound at all are refused at once, with the reason of the system', async () => {
    const bench = new MediaBench();
    bench.network.taken.set(20_000, 'EADDRNOTAVAIL');
    expect(await bench.tryOpen()).toMatchObject({
      kind: 'refused',
      why: { reason: 'bind', code: 'EADDRNOTAVAIL' },
    });
  });

  it('are all free after the worker was shut down, one being opened included', async () => {
    const bench = new MediaBench();
    for (let index = 0; index < 5; index++) await bench.openConfigured();
    bench.worker.receive({ kind: 'open', stream: 99 });
    await bench.worker.shutDown();
    expect(bench.network.bound.size).toBe(0);
    expect(bench.toldOf('closed').length).toBe(5);
  });
});
