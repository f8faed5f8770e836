import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { tone as generateTone } from '../../src/audio/tone.ts';
import { parseWav, wavSamples, writeWav } from '../../src/audio/wav.ts';
import { numberAt } from './kamailio.ts';
import { accepts, eventually, freePort, PeerProcess } from './peer-process.ts';

export interface BaresipOptions {
  readonly directory: string;
  /** A non-loopback address: baresip refuses to work without one. */
  readonly host: string;
  /** Frequency of the tone it sends, Hz. */
  readonly tone: number;
  readonly codecs?: string;
  readonly transport?: 'UDP' | 'TCP';
}

/** What its control port says: an event, or the answer to a command. */
interface ControlMessage {
  readonly event?: boolean;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly token?: string;
  readonly type?: string;
  readonly param?: string;
}

/** baresip as a phone that answers by itself, sends a tone, records what it hears and takes commands. */
export class Baresip extends PeerProcess {
  /** Under which Kamailio finds it. */
  readonly number: string;
  /** It takes one of these for each call. */
  readonly mediaPorts: readonly number[];
  readonly #directory: string;
  readonly #controlPort: number;
  #control: Socket | undefined;
  readonly #said: ControlMessage[] = [];
  #commands = 0;

  private constructor(directory: string, number: string, mediaPorts: readonly number[], controlPort: number) {
    super('baresip', ['-f', directory, '-v']);
    this.number = number;
    this.mediaPorts = mediaPorts;
    this.#directory = directory;
    this.#controlPort = controlPort;
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const { host, transport = 'UDP', codecs = 'PCMA/8000/1,PCMU/8000/1' } = options;
    const [port, controlPort, rtp] = [await freePort(host), await freePort(), await freePort(host, 20)];
    const directory = join(options.directory, `baresip-${port}`);
    mkdirSync(directory);
    const number = numberAt(port, transport);
    const toneFile = join(directory, 'tone.wav');
    writeFileSync(toneFile, writeWav(generateTone([options.tone], 60_000)));
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
ctrl_tcp_listen 127.0.0.1:${controlPort}
snd_path ${directory}
`,
    );
    writeFileSync(
      join(directory, 'accounts'),
      `<sip:${number}@${host};transport=${transport.toLowerCase()}>;regint=0;answermode=auto;audio_codecs=${codecs}\n`,
    );
    const mediaPorts = Array.from({ length: 10 }, (_, index) => rtp + 2 * index);
    const baresip = new Baresip(directory, number, mediaPorts, controlPort);
    // Its output is buffered until it ends; the control port is its last module.
    await eventually(() => accepts(controlPort), 'baresip takes commands');
    await baresip.#listen();
    return baresip;
  }

  async #listen(): Promise<void> {
    const socket = connect(this.#controlPort, '127.0.0.1');
    this.#control = socket;
    let unread = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      // Netstrings: LENGTH:JSON,
      for (;;) {
        const colon = unread.indexOf(':');
        const end = colon + 1 + Number(unread.subarray(0, colon).toString());
        if (colon < 0 || unread.length <= end) return;
        this.#said.push(JSON.parse(unread.subarray(colon + 1, end).toString()) as ControlMessage);
        unread = unread.subarray(end + 1);
      }
    });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  }

  /** Gives a command such as `hangup`, `hold`, `resume`, or `sndcode` with a key. */
  async command(command: string, params = ''): Promise<void> {
    this.#commands += 1;
    const token = `${this.#commands}`;
    const text = JSON.stringify({ command, params, token });
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`);
    const answer = await eventually(
      () => this.#said.find((said) => said.token === token),
      `baresip: ${command}`,
    );
    if (answer.ok !== true) throw new Error(`baresip cannot ${command}`);
  }

  /** The parameter of the first event of that type, once it came. */
  async event(type: string): Promise<string> {
    const { param = '' } = await eventually(
      () => this.#said.find((said) => said.event && said.type === type),
      `baresip says ${type}`,
    );
    return param;
  }

  /** The keys it was told of, in order. */
  get keysHeard(): string {
    return this.#said.map(({ type, param }) => (type === 'CALL_DTMF_START' ? param : '')).join('');
  }

  /** Samples at 8000 Hz of what it heard in its call, which is over. */
  async heard(): Promise<Int16Array> {
    return eventually(() => {
      const name = readdirSync(this.#directory).find((file) => /^dump-.*-dec\.wav$/.test(file));
      if (name === undefined) return undefined;
      // Until it closes the file, the header is missing or says that nothing is in it.
      const file = readFileSync(join(this.#directory, name));
      const samples = file.length > 44 ? wavSamples(parseWav(file)) : new Int16Array();
      return samples.length > 0 && samples;
    }, 'baresip wrote what it heard');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#control?.destroy();
    await super[Symbol.asyncDispose]();
  }
}
