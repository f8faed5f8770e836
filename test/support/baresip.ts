import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { tone as generateTone } from '../../src/audio/tone.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { accepts, eventually, freePort, PeerProcess } from './peer-process.ts';

export interface BaresipOptions {
  readonly directory: string;
  /** A non-loopback address: baresip refuses to work without one. */
  readonly host: string;
  /** The user part it answers to, such as `+8613500000002`. */
  readonly user: string;
  /** Frequency of the tone it sends, Hz. */
  readonly tone: number;
  readonly codecs?: string;
  readonly transport?: 'udp' | 'tcp';
}

/** baresip as a phone that answers by itself, sends a tone, records what it hears and takes commands. */
export class Baresip extends PeerProcess {
  readonly address: string;
  readonly #directory: string;
  readonly #control: { readonly port: number };
  #socket: Socket | undefined;

  private constructor(directory: string, address: string, controlPort: number) {
    super('baresip', ['-f', directory, '-v']);
    this.address = address;
    this.#directory = directory;
    this.#control = { port: controlPort };
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const { host, user, tone, codecs = 'PCMA/8000/1,PCMU/8000/1', transport = 'udp' } = options;
    const directory = join(options.directory, 'baresip');
    mkdirSync(directory);
    const [port, control, rtp] = [await freePort(host), await freePort(), await freePort(host, 20)];
    const toneFile = join(directory, 'tone.wav');
    writeFileSync(toneFile, writeWav(generateTone([tone], 60_000)));
    writeFileSync(
      join(directory, 'config'),
      `sip_listen ${host}:${port}
rtp_ports ${rtp}-${rtp + 19}
audio_player aubridge,nil
audio_source aufile,${toneFile}
audio_alert aubridge,nil2
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
snd_path ${directory}
`,
    );
    writeFileSync(
      join(directory, 'accounts'),
      `<sip:${user}@${host};transport=${transport}>;regint=0;answermode=auto;audio_codecs=${codecs}\n`,
    );
    const baresip = new Baresip(directory, `${host}:${port}`, control);
    // Its output is buffered until it ends; the control port is its last module.
    await eventually(() => accepts(control), 'baresip takes commands');
    return baresip;
  }

  /** Sends a command such as `hangup`, `hold` or `resume` to its control port (netstring JSON). */
  async command(command: string, params = ''): Promise<void> {
    this.#socket ??= connect(this.#control.port, '127.0.0.1');
    const text = JSON.stringify({ command, params, token: command });
    const answered = new Promise<void>((resolve) => this.#socket?.once('data', () => resolve()));
    this.#socket.write(`${Buffer.byteLength(text)}:${text},`);
    await answered;
  }

  /** The WAV of what it heard, once it closed the file. */
  async heard(): Promise<Buffer> {
    const name = await eventually(
      () => readdirSync(this.#directory).find((file) => /^dump-.*-dec\.wav$/.test(file)),
      'baresip wrote what it heard',
    );
    return readFileSync(join(this.#directory, name));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await super[Symbol.asyncDispose]();
  }
}
