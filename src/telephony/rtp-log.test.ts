import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { farEnd, MediaBench } from '../../test/support/media-bench.ts';
import { installed, temporaryDirectory } from '../../test/support/peer-process.ts';
import { rtpBytes } from '../../test/support/rtp-packets.ts';
import { HEADER_RING_OCTETS, HeaderRing, HEADERS_KEPT, notedPackets } from './media/header-ring.ts';
import { pcapOf } from './pcap.ts';
import { RtpLog } from './rtp-log.ts';

const AT = Date.UTC(2026, 0, 1);
const local = { host: '127.0.0.1', port: 20_000, rtcpPort: 20_001 };

const ringOf = (): { ring: HeaderRing; buffer: SharedArrayBuffer } => {
  const buffer = new SharedArrayBuffer(HEADER_RING_OCTETS);
  return { ring: new HeaderRing(buffer), buffer };
};

describe('the headers of RTP packets', () => {
  it('are kept with their time, direction, far end and length', () => {
    const { ring, buffer } = ringOf();
    const bytes = rtpBytes({
      sequence: 7,
      timestamp: 160,
      ssrc: 0xabcd,
      payload: new Uint8Array(160).fill(0x55),
    });
    ring.note('in', bytes, 0, bytes.length, '192.0.2.1', 40_000, AT + 0.25);
    const framed = Uint8Array.of(1, 2, 3, 4, ...bytes);
    ring.note('out', framed, 4, bytes.length, '2001:db8::1', 50_000, AT + 20);
    expect(notedPackets(buffer)).toEqual([
      {
        at: AT + 0.25,
        direction: 'in',
        remote: { host: '192.0.2.1', port: 40_000 },
        length: 172,
        header: bytes.slice(0, 12),
      },
      {
        at: AT + 20,
        direction: 'out',
        remote: { host: '2001:db8::1', port: 50_000 },
        length: 172,
        header: bytes.slice(0, 12),
      },
    ]);
  });

  it('are all that is kept: no octet of audio, whatever comes', () => {
    const { ring, buffer } = ringOf();
    const audio = new Uint8Array(160).fill(0x55);
    const packets = [
      rtpBytes({ payload: audio }),
      rtpBytes({ payload: audio, extension: [0x10aa_0000] }),
      rtpBytes({ payload: audio, contributors: [1, 2] }),
      rtpBytes({ payload: audio, extension: [0x1111_1111, 0x1111_1111, 0x1111_1111] }),
      // No RTP, too short for it, and an extension that would end behind the packet.
      audio,
      audio.slice(0, 8),
      Uint8Array.of(0x90, ...audio.slice(0, 14)),
    ];
    for (const bytes of packets) ring.note('in', bytes, 0, bytes.length, '192.0.2.1', 40_000, AT);
    const noted = notedPackets(buffer);
    expect(noted.map(({ header }) => header.length)).toEqual([12, 20, 20, 20, 0, 0, 12]);
    for (const { header } of noted.slice(0, 6)) expect(header).not.toContain(0x55);
    expect(noted.map(({ length }) => length)).toEqual(packets.map(({ length }) => length));
  });

  it('are the latest, in a bounded ring', () => {
    const { ring, buffer } = ringOf();
    for (let sequence = 0; sequence < 3 * HEADERS_KEPT + 10; sequence++) {
      const bytes = rtpBytes({ sequence, payload: new Uint8Array(0) });
      ring.note('in', bytes, 0, bytes.length, '192.0.2.1', 40_000, AT + 20 * sequence);
    }
    const noted = notedPackets(buffer);
    // The oldest may be written over at any moment.
    expect(noted).toHaveLength(HEADERS_KEPT - 1);
    expect(noted.at(-1)!.at).toBe(AT + 20 * (3 * HEADERS_KEPT + 9));
    expect(noted[0]!.at).toBe(AT + 20 * (2 * HEADERS_KEPT + 11));
  });

  it('tell eight far ends apart, and leave out those of more', () => {
    const { ring, buffer } = ringOf();
    const bytes = rtpBytes();
    for (let port = 1; port <= 10; port++) ring.note('in', bytes, 0, bytes.length, '192.0.2.1', port, AT);
    expect(notedPackets(buffer).map(({ remote }) => remote.port)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('what is kept of the latest legs', () => {
  const noteOne = (buffer: SharedArrayBuffer): void => {
    const bytes = rtpBytes();
    new HeaderRing(buffer).note('in', bytes, 0, bytes.length, '192.0.2.1', 40_000, AT);
  };

  it('is found by the call', () => {
    const log = new RtpLog(2);
    for (const session of ['one', 'two']) {
      const entry = log.begin(session)!;
      entry.opened(local);
      noteOne(entry.buffer);
    }
    expect(log.of('one')).toEqual([
      {
        at: AT,
        from: { host: '192.0.2.1', port: 40_000 },
        to: { host: '127.0.0.1', port: 20_000 },
        bytes: rtpBytes().slice(0, 12),
        length: 172,
      },
    ]);
    expect(log.of('three')).toEqual([]);
  });

  it('takes the memory of legs that are over, and never that of one that runs', () => {
    const log = new RtpLog(2);
    const [one, two] = [log.begin('one')!, log.begin('two')!];
    for (const entry of [one, two]) {
      entry.opened(local);
      noteOne(entry.buffer);
    }
    expect(log.begin('three')).toBeUndefined();
    two.ended();
    const four = log.begin('four')!;
    expect(four.buffer).toBe(two.buffer);
    four.opened(local);
    expect(log.of('four')).toEqual([]);
    expect(log.of('two')).toEqual([]);
    expect(log.of('one')).toHaveLength(1);
  });

  it('is nothing where nothing is to be kept', () => {
    expect(new RtpLog(0).begin('one')).toBeUndefined();
  });
});

describe('a capture of a leg', () => {
  it.skipIf(!installed('tshark'))('shows both streams to tshark, with what was lost', async () => {
    const bench = new MediaBench();
    const log = new RtpLog(1);
    const entry = log.begin('one')!;
    const stream = await bench.open(entry.buffer);
    entry.opened({ host: '127.0.0.1', port: stream.port, rtcpPort: stream.rtcpPort });
    bench.configure(stream);
    // 100 packets, of which 10 are lost.
    bench.advance(2_000, (number) => {
      if (number % 10 === 5) return;
      bench.deliver(stream, { sequence: 1_000 + number, timestamp: number * 160, ssrc: 0x7000_0001 });
    });
    using directory = temporaryDirectory();
    const file = join(directory.path, 'leg.pcap');
    writeFileSync(file, pcapOf(log.of('one')));
    const port = farEnd(stream).port;
    const shown = execFileSync(
      'tshark',
      ['-r', file, '-d', `udp.port==${port},rtp`, '-q', '-z', 'rtp,streams'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const lines = shown.split('\n').filter((line) => line.includes('0x'));
    const sent = bench.sentBy(stream);
    const received = lines
      .find((line) => line.includes('0x70000001'))!
      .trim()
      .split(/\s+/);
    const ours = lines
      .find((line) => !line.includes('0x70000001'))!
      .trim()
      .split(/\s+/);
    expect(lines).toHaveLength(2);
    expect(received).toEqual(expect.arrayContaining(['192.0.2.1', String(port), '90', '10', '(10.0%)']));
    expect(ours).toEqual(expect.arrayContaining([String(stream.port), String(sent.length), '0', '(0.0%)']));
  });
});
