import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeG711 } from '../../src/audio/g711.ts';
import { tone } from '../../src/audio/tone.ts';
import { PeerProcess, freePort } from './peer-process.ts';

/** One step of a SIPp scenario, as XML. */
export type Step = string;

const escape = (text: string): string => text.replace(/\n/g, '\r\n      ');

/** Waits for a request. */
export const expectRequest = (method: string, options: { optional?: boolean; next?: string } = {}): Step =>
  `<recv request="${method}" crlf="true"${options.optional ? ' optional="true"' : ''}${
    options.next ? ` next="${options.next}"` : ''
  }${method === 'INVITE' ? ' rrs="true"' : ''}/>`;

export const expectResponse = (status: number, options: { optional?: boolean } = {}): Step =>
  `<recv response="${status}"${options.optional ? ' optional="true"' : ''}/>`;

export const pause = (milliseconds: number): Step => `<pause milliseconds="${milliseconds}"/>`;
export const label = (id: string): Step => `<label id="${id}"/>`;

/** SDP of the SIPp side; `body` lines replace the audio line and what follows. */
export const sdp = (
  audio = 'm=audio [rtpstream_audio_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15',
): string => `v=0\no=sipp 53655765 2353687637 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n${audio}\n`;

/** Answers the last request: status line, copied headers, Contact, extra headers and a body. */
export function respond(status: string, options: { headers?: string[]; body?: string } = {}): Step {
  const { headers = [], body } = options;
  const toTag = status.startsWith('100') ? '' : ';tag=[pid]SIPpTag01[call_number]';
  const lines = [
    `SIP/2.0 ${status}`,
    '[last_Via:]',
    '[last_From:]',
    `[last_To:]${toTag}`,
    '[last_Call-ID:]',
    '[last_CSeq:]',
    '[last_Record-Route:]',
    'Contact: <sip:[local_ip]:[local_port];transport=[transport]>',
    ...headers,
    ...(body ? ['Content-Type: application/sdp'] : []),
    'Content-Length: [len]',
    '',
    body ?? '',
  ];
  return `<send><![CDATA[\n      ${escape(lines.join('\n'))}\n    ]]></send>`;
}

/** Answers a request inside the dialog (its To carries the tag already). */
export function respondInDialog(status: string, options: { headers?: string[]; body?: string } = {}): Step {
  return respond(status, options).replace(';tag=[pid]SIPpTag01[call_number]', '');
}

/** Sends a request inside the dialog of an INVITE this side received. */
export function request(
  method: string,
  options: { headers?: string[]; body?: string; cseq?: number } = {},
): Step {
  const { headers = [], body, cseq = 1 } = options;
  const lines = [
    `${method} [next_url] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    '[routes]',
    'From: <sip:peer@[local_ip]:[local_port]>;tag=[pid]SIPpTag01[call_number]',
    'To[$peer]',
    '[last_Call-ID:]',
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:[local_ip]:[local_port];transport=[transport]>',
    'Max-Forwards: 70',
    ...headers,
    ...(body ? ['Content-Type: application/sdp'] : []),
    'Content-Length: [len]',
    '',
    body ?? '',
  ];
  return `<send retrans="500"><![CDATA[\n      ${escape(lines.join('\n'))}\n    ]]></send>`;
}

/** The INVITE that starts a call, with the caller remembered for requests of our own. */
export const expectInvite = (): Step => `<recv request="INVITE" crlf="true" rrs="true">
    <action><ereg regexp=":.*" search_in="hdr" header="From" assign_to="peer"/></action>
  </recv>
  <Reference variables="peer"/>`;

/** Streams `file` (raw A-law) again and again from now on. */
export const stream = (file: string): Step => `<nop><action><exec rtp_stream="${file},-1,8"/></action></nop>`;

export const callAndBye = (steps: Step[]): Step[] => [
  ...steps,
  expectRequest('BYE'),
  respondInDialog('200 OK'),
];

/** Writes ten seconds of a tone, raw A-law at 8000 Hz, for {@link stream}. */
export function writeToneFile(directory: string, frequency: number): string {
  const file = join(directory, `tone-${frequency}.al`);
  writeFileSync(file, encodeG711('PCMA', tone([frequency], 10_000)));
  return file;
}

export interface SippOptions {
  readonly directory: string;
  readonly name: string;
  readonly steps: readonly Step[];
  readonly host?: string;
  readonly transport?: 'UDP' | 'TCP';
  /** How many calls until it ends by itself with exit code 0. */
  readonly calls?: number;
  /** Further command line arguments. */
  readonly args?: readonly string[];
  /** `HOST:PORT` to call; without it this side waits for calls. */
  readonly remote?: string;
}

/** SIPp playing one scenario. */
export class Sipp extends PeerProcess {
  readonly host: string;
  readonly port: number;
  readonly mediaPort: number;

  private constructor(args: string[], host: string, port: number, mediaPort: number, cwd: string) {
    super('sipp', args, { cwd });
    this.host = host;
    this.port = port;
    this.mediaPort = mediaPort;
  }

  static async start(options: SippOptions): Promise<Sipp> {
    const {
      directory,
      name,
      steps,
      host = '127.0.0.1',
      transport = 'UDP',
      calls = 1,
      args = [],
      remote,
    } = options;
    const port = await freePort(host);
    const mediaPort = await freePort(host, 8);
    const file = join(directory, `${name}.xml`);
    writeFileSync(
      file,
      `<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="${name}">\n  ${steps.join('\n  ')}\n</scenario>\n`,
    );
    return new Sipp(
      [
        ...(remote ? [remote] : []),
        '-sf',
        file,
        ...`-i ${host} -p ${port} -mi ${host} -mp ${mediaPort} -m ${calls}`.split(' '),
        ...`-t ${transport === 'TCP' ? 't1' : 'u1'} -nostdin -trace_err -timeout 60`.split(' '),
        ...args,
      ],
      host,
      port,
      mediaPort,
      directory,
    );
  }

  /** Resolves when SIPp ended content; rejects with what it complained about. */
  async succeeded(): Promise<void> {
    const code = await this.exited;
    if (code !== 0) throw new Error(`SIPp ended with ${code}:\n${this.output.slice(-4_000)}`);
  }
}
