import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { decodeG711 } from '../../src/audio/g711.ts';
import { eventually, PeerProcess } from './peer-process.ts';

/** What tshark saw of the RTP that went to one port. */
export interface CapturedRtp {
  /** 16-bit samples at 8000 Hz, G.711 payloads in the order of arrival. */
  readonly samples: Int16Array;
  readonly payloadTypes: ReadonlySet<number>;
  readonly packets: number;
}

/** Listens on the wire, so that a test hears what a peer was sent without asking the peer or ourselves. */
export class RtpCapture extends PeerProcess {
  readonly #file: string;

  private constructor(file: string, ports: string) {
    super('tshark', ['-i', 'any', '-q', '-F', 'pcapng', '-w', file, '-f', `udp and (${ports})`]);
    this.#file = file;
  }

  static async start(directory: string, ports: readonly number[]): Promise<RtpCapture> {
    const filter = ports.map((port) => `dst port ${port}`).join(' or ');
    const capture = new RtpCapture(join(directory, 'rtp.pcapng'), filter);
    await eventually(() => capture.output.includes('Capturing on'), 'tshark captures');
    return capture;
  }

  async stop(): Promise<void> {
    this.signal('SIGINT');
    await this.exited;
  }

  /** After {@link stop}: the RTP that was sent to `port`. */
  sentTo(port: number): CapturedRtp {
    const fields = ['rtp.p_type', 'rtp.payload'].flatMap((field) => ['-e', field]);
    const decode = `udp.port==${port},rtp`;
    const args = [
      '-r',
      this.#file,
      '-d',
      decode,
      '-Y',
      `rtp && udp.dstport==${port}`,
      '-T',
      'fields',
      ...fields,
    ];
    const rows = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t'));
    const payloadTypes = new Set(rows.map(([type]) => Number(type)));
    const audio = rows
      .filter(([type, payload]) => (type === '0' || type === '8') && payload)
      .map(([type, payload]) =>
        decodeG711(type === '8' ? 'PCMA' : 'PCMU', Buffer.from(payload ?? '', 'hex')),
      );
    const samples = new Int16Array(audio.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of audio) {
      samples.set(part, offset);
      offset += part.length;
    }
    return { samples, payloadTypes, packets: rows.length };
  }
}
