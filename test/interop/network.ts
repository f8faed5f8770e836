import { describe } from 'vitest';
import type { G711Codec } from '../../src/audio/g711.ts';
import type { Baresip } from '../support/baresip.ts';
import { Kamailio, type KamailioOptions, numberAt } from '../support/kamailio.ts';
import { eventually, freePort, installed, temporaryDirectory } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';
import type { EndedCall, ShownCall } from '../support/platform-client.ts';
import { CapturedStream, RtpCapture } from '../support/rtp-capture.ts';
import { Sipp, type SippOptions, type Step, writeToneFile } from '../support/sipp.ts';

/** Why tests with these programs cannot run here. */
function obstacles(programs: readonly string[]): string[] {
  const missing = programs.filter((program) => !installed(program)).map((program) => `no ${program}`);
  return programs.includes('dumpcap') && process.getuid?.() !== 0 ? [...missing, 'not root'] : missing;
}

/** `describe` for tests with other people's programs: they run at once, or are skipped where a program is missing. */
export function describeWith(programs: readonly string[], title: string, tests: () => void): void {
  const why = obstacles(programs);
  if (why.length === 0) describe(title, { concurrent: true }, tests);
  else describe.skip(`${title} (${why.join(', ')})`, tests);
}

/** UDP ports of the platform's media: a pair for each of 100 legs. */
const MEDIA_PORTS = 200;
/** Milliseconds of audio in a packet, unless agreed otherwise. */
const PACKET = 20;

/** Whom the carrier can ring. */
export type Phone = Sipp | Baresip;

/** What most files need. */
export const sippBehindKamailio = ['sipp', 'kamailio', 'dumpcap'];

export interface NetworkOptions {
  /** Between the platform and the carrier. */
  readonly transport?: 'UDP' | 'TCP';
  /** Everybody's address. */
  readonly host?: string;
  readonly admission?: KamailioOptions['admission'];
  /** Settings of the platform, as flags of `serve`. */
  readonly flags?: Record<string, unknown>;
  /** What phones do, once, that must have these numbers and no others: {@link Network.phoneOf}. */
  readonly phones?: Readonly<Record<string, readonly Step[]>>;
  /** The app that orders callbacks, as in `app create`. */
  readonly app?: Record<string, unknown>;
}

/** A carrier's network for the tests of one file: phones, Kamailio, which the platform has as its trunk, and an ear on the wire. */
export class Network {
  readonly host: string;
  readonly platform: TestPlatform;
  readonly wire: RtpCapture;
  readonly directory: string;
  readonly #parts: AsyncDisposableStack;
  readonly #numbered: ReadonlyMap<string, Sipp>;
  #phones = 0;

  private constructor(
    numbered: ReadonlyMap<string, Sipp>,
    host: string,
    directory: string,
    platform: TestPlatform,
    wire: RtpCapture,
    parts: AsyncDisposableStack,
  ) {
    this.#numbered = numbered;
    this.host = host;
    this.directory = directory;
    this.platform = platform;
    this.wire = wire;
    this.#parts = parts;
  }

  static async start(options: NetworkOptions = {}): Promise<Network> {
    const { transport = 'UDP', host = '127.0.0.1', admission, flags, app, phones = {} } = options;
    await using parts = new AsyncDisposableStack();
    const directory = parts.use(temporaryDirectory()).path;
    const numbered = new Map<string, Sipp>();
    for (const [number, steps] of Object.entries(phones)) {
      const name = `phone-${number.slice(1)}`;
      numbered.set(number, parts.use(await Sipp.start({ directory, host, name, steps })));
    }
    const ports = Object.fromEntries([...numbered].map(([number, { port }]) => [number, port]));
    const trunk = parts.use(await Kamailio.start({ directory, host, admission, ports }));
    const first = await freePort(host, MEDIA_PORTS + 2);
    const wire = parts.use(await RtpCapture.start({ first, last: first + MEDIA_PORTS + 1 }));
    const platform = parts.use(
      await TestPlatform.start(
        {
          trunk: `sip:${trunk.address};transport=${transport.toLowerCase()}`,
          host,
          rtp: `${host}:${first}-${first + MEDIA_PORTS - 1}`,
          ...flags,
        },
        { ports: 100, ...app },
      ),
    );
    return new Network(numbered, host, directory, platform, wire, parts.move());
  }

  /** A file with a tone of that frequency, Hz. */
  tone(frequency: number, codec?: G711Codec): string {
    return writeToneFile(this.directory, frequency, codec);
  }

  /** A phone that does what the steps say, once. */
  phone(
    steps: readonly Step[],
    options: Pick<SippOptions, 'transport' | 'args' | 'remote'> = {},
  ): Promise<Sipp> {
    this.#phones += 1;
    const { directory, host } = this;
    return Sipp.start({ directory, host, name: `phone-${this.#phones}`, steps, ...options });
  }

  /** The phone that has one of the numbers that this network was started with. */
  phoneOf(number: string): Sipp {
    const phone = this.#numbered.get(number);
    if (phone === undefined) throw new Error('nobody has this number');
    return phone;
  }

  numberOf(phone: Phone): string {
    return phone instanceof Sipp ? numberAt(phone.port, phone.transport) : phone.number;
  }

  /** Orders a call from `a` to `b`; without `b`, to a number that nobody has. Returns the session id. */
  dial(a: Phone, b?: Phone, body: object = {}): Promise<string> {
    const callerNbr = this.numberOf(a);
    return this.platform.accepted({ callerNbr, ...(b ? { calleeNbr: this.numberOf(b) } : {}), ...body });
  }

  /** A whole call: resolves when it ended and the phones have done all they were to do. */
  async call(a: Phone, b?: Phone, body: object = {}): Promise<EndedCall> {
    return this.ended(await this.dial(a, b, body), a, b);
  }

  /** The call when it ended and the phones have done all they were to do. */
  async ended(sessionId: string, ...phones: readonly (Phone | undefined)[]): Promise<EndedCall> {
    const [call] = await Promise.all([
      this.platform.ended(sessionId),
      ...phones.map((phone) => (phone instanceof Sipp ? phone.succeeded() : undefined)),
    ]);
    return call;
  }

  /** What was sent to the phone. */
  async sentTo(phone: Phone): Promise<CapturedStream> {
    if (phone instanceof Sipp) return this.wire.sentTo(phone.mediaPort);
    const streams = await Promise.all(phone.mediaPorts.map((port) => this.wire.sentTo(port)));
    return new CapturedStream(streams.flatMap(({ packets }) => packets));
  }

  /** Resolves when the phone has been sent as many milliseconds of audio as this, from now on. */
  async talkTo(phone: Phone, milliseconds: number): Promise<void> {
    const { packets: before } = await this.sentTo(phone);
    const wanted = before.length + milliseconds / PACKET;
    const enough = async (): Promise<boolean> => (await this.sentTo(phone)).packets.length >= wanted;
    await eventually(enough, 'a phone is sent audio');
  }

  /** Resolves when the phone has not been sent anything for as many milliseconds as this. */
  async quiet(phone: Phone, milliseconds: number): Promise<void> {
    await eventually(async () => {
      const last = (await this.sentTo(phone)).packets.at(-1)?.at ?? 0;
      return Date.now() - last >= milliseconds;
    }, 'a phone is sent nothing');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** A platform whose trunk is played by SIPp. */
export const platformBehind = ({ host, port, transport }: Sipp, flags: object = {}): Promise<TestPlatform> =>
  TestPlatform.start({ trunk: `sip:${host}:${port};transport=${transport.toLowerCase()}`, ...flags });

/** The steps of a call in short: `callout A`. */
export const story = (call: ShownCall): string[] =>
  call.events.map(({ type, party }) => `${type} ${party ?? ''}`.trim());
