/** rtpengine in user space, told by its ng protocol (bencoded dictionaries over UDP) to relay between two far ends. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { freePort } from '../../test/support/peer-process.ts';
import type { Mode } from './contender.ts';
import type { Contender } from './contenders.ts';
import { LineProcess } from './line-process.ts';

type Dictionary = Readonly<Record<string, string>>;

function bencode(dictionary: Dictionary): string {
  const text = (value: string): string => `${Buffer.byteLength(value)}:${value}`;
  return `d${Object.entries(dictionary)
    .map(([key, value]) => text(key) + text(value))
    .join('')}e`;
}

/** The string behind `key` in a bencoded answer. */
function stringAt(answer: string, key: string): string | undefined {
  const found = new RegExp(`${key.length}:${key}(\\d+):`).exec(answer);
  if (found === null) return undefined;
  const start = found.index + found[0].length;
  return answer.slice(start, start + Number(found[1]));
}

const sdp = (port: number): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
    '',
  ].join('\r\n');

export function rtpengineVersion(): string {
  const text = execFileSync('rtpengine', ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return /[\d.]+/.exec(text)?.[0] ?? 'unknown';
}

export class RtpengineContender implements Contender {
  readonly #process: LineProcess;
  readonly #socket: Socket;
  readonly #port: number;
  #cookie = 0;

  private constructor(process: LineProcess, socket: Socket, port: number) {
    this.#process = process;
    this.#socket = socket;
    this.#port = port;
  }

  static async start(folder: string): Promise<RtpengineContender> {
    const port = await freePort();
    const process = new LineProcess('rtpengine', [
      '--table=-1',
      '--interface=127.0.0.1',
      `--listen-ng=127.0.0.1:${port}`,
      '--port-min=20000',
      '--port-max=31999',
      '--foreground',
      '--log-stderr',
      '--log-level=3',
      `--pidfile=${folder}/rtpengine.pid`,
    ]);
    const socket = createSocket('udp4');
    const contender = new RtpengineContender(process, socket, port);
    for (let attempt = 0; (await contender.#ask({ command: 'ping' }, 200)) === undefined; attempt++)
      if (attempt === 50) throw new Error('rtpengine does not answer; its reason stands above');
    return contender;
  }

  get cpu(): number {
    return this.#process.cpu;
  }

  pin(processor: number): void {
    this.#process.pin(processor);
  }

  /** @returns undefined when no answer came */
  async #ask(command: Dictionary, patience: number): Promise<string | undefined> {
    const cookie = `c${++this.#cookie}`;
    this.#socket.send(`${cookie} ${bencode(command)}`, this.#port, '127.0.0.1');
    const signal = AbortSignal.timeout(patience);
    try {
      while (true) {
        const [message] = (await once(this.#socket, 'message', { signal })) as [Buffer];
        const answer = message.toString();
        if (answer.startsWith(`${cookie} `)) return answer;
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  async #describe(command: Dictionary): Promise<number> {
    const answer = (await this.#ask(command, 5000)) ?? 'no answer';
    const port = /m=audio (\d+) /.exec(stringAt(answer, 'sdp') ?? '')?.[1];
    if (port === undefined) throw new Error(`rtpengine: ${answer}`);
    return Number(port);
  }

  async open(_mode: Mode, farEnds: readonly number[]): Promise<readonly number[]> {
    const ports: number[] = [];
    for (let leg = 0; leg < farEnds.length; leg += 2) {
      const call = { 'call-id': `call-${leg}`, 'from-tag': 'a', ICE: 'remove' };
      const second = await this.#describe({ ...call, command: 'offer', sdp: sdp(farEnds[leg]!) });
      const first = await this.#describe({
        ...call,
        'to-tag': 'b',
        command: 'answer',
        sdp: sdp(farEnds[leg + 1]!),
      });
      ports.push(first, second);
    }
    return ports;
  }

  lateness(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#process[Symbol.asyncDispose]();
  }
}
