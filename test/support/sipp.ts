import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeG711, type G711Codec } from '../../src/audio/g711.ts';
import { tone } from '../../src/audio/tone.ts';
import { PeerProcess, freePort, returnPorts } from './peer-process.ts';

/** Octets before the first record of a pcap file. */
const PCAP_HEADER = 24;
/** What SIPp takes unless told otherwise: a port and its RTCP for audio, one pair more for video, each twice. */
const MEDIA_PORTS = 8;

/** One step of a SIPp scenario, as XML. */
export type Step = string;

/** What a message has to hold: a regular expression (POSIX, extended) by header name, or of its `body`. */
export type Having = Readonly<Record<string, string>>;

const escape = (text: string): string => text.replace(/\n/g, '\r\n      ');

const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const expectation = (name: string, regexp: string): string => {
  const place = name === 'body' ? 'search_in="body"' : `search_in="hdr" header="${name}:"`;
  return `<ereg regexp="${attribute(regexp)}" ${place} check_it="true" assign_to="checked"/>`;
};

const received = (what: string, actions: readonly string[]): Step =>
  actions.length === 0 ? `<recv ${what}/>` : `<recv ${what}><action>${actions.join('')}</action></recv>`;

const expectations = (having: Having): string[] =>
  Object.entries(having).map(([name, regexp]) => expectation(name, regexp));

/** Waits for a request. */
export function expectRequest(
  method: string,
  options: { optional?: boolean; next?: string; having?: Having } = {},
): Step {
  const { optional, next, having = {} } = options;
  const flags = `${optional ? ' optional="true"' : ''}${next ? ` next="${next}"` : ''}`;
  return received(`request="${method}" crlf="true"${flags}`, expectations(having));
}

export const expectResponse = (status: number, options: { optional?: boolean; having?: Having } = {}): Step =>
  received(
    `response="${status}"${options.optional ? ' optional="true"' : ''}`,
    expectations(options.having ?? {}),
  );

export const pause = (milliseconds: number): Step => `<pause milliseconds="${milliseconds}"/>`;
export const label = (id: string): Step => `<label id="${id}"/>`;

export interface SdpOptions {
  /** One or more of PCMA and PCMU; PCMA alone by default. */
  readonly codecs?: readonly G711Codec[];
  /** Payload type; 101 by default, null for none. */
  readonly telephoneEvent?: number | null;
  readonly direction?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  /** Address of the c= line instead of where SIPp's media are. */
  readonly connection?: string;
  readonly ptime?: number;
  /** Session version, which rises with each change (RFC 3264 section 8). */
  readonly version?: number;
  /** SIPp's word for the port its media come from: `media_port` for what {@link pressKey} sends. */
  readonly port?: 'rtpstream_audio_port' | 'media_port' | 'auto_media_port';
}

const audioLines = (options: SdpOptions): string[] => {
  const { codecs = ['PCMA'], telephoneEvent = 101, port = 'rtpstream_audio_port' } = options;
  const payloads = codecs.map((codec): [number, string] => [codec === 'PCMA' ? 8 : 0, codec]);
  if (telephoneEvent !== null) payloads.push([telephoneEvent, 'telephone-event']);
  return [
    `m=audio [${port}] RTP/AVP ${payloads.map(([number]) => number).join(' ')}`,
    ...payloads.map(([number, encoding]) => `a=rtpmap:${number} ${encoding}/8000`),
    ...(telephoneEvent === null ? [] : [`a=fmtp:${telephoneEvent} 0-15`]),
    ...(options.ptime === undefined ? [] : [`a=ptime:${options.ptime}`]),
    ...(options.direction === undefined ? [] : [`a=${options.direction}`]),
  ];
};

/** A session description of the SIPp side: audio as the options say, or the lines from `m=` on. */
export function sdp(audio: SdpOptions | string = {}): string {
  const { version = 1, connection = '[media_ip]' } = typeof audio === 'string' ? {} : audio;
  return [
    'v=0',
    `o=sipp 53655765 ${version} IN IP4 [local_ip]`,
    's=-',
    `c=IN IP4 ${connection}`,
    't=0 0',
    ...(typeof audio === 'string' ? [audio] : audioLines(audio)),
    '',
  ].join('\n');
}

export interface MessageOptions {
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Of the body; application/sdp by default. */
  readonly contentType?: string;
  /** Instead of where this side is. */
  readonly contact?: string;
}

const TAG = ';tag=[pid]SIPpTag01[call_number]';
const HERE = '<sip:[local_ip]:[local_port];transport=[transport]>';

function message(lines: readonly string[], options: MessageOptions, attributes = ''): Step {
  const { headers = [], body, contentType = 'application/sdp', contact = HERE } = options;
  const all = [
    ...lines,
    `Contact: ${contact}`,
    ...headers,
    ...(body === undefined ? [] : [`Content-Type: ${contentType}`]),
    'Content-Length: [len]',
    '',
    body ?? '',
  ];
  return `<send${attributes}><![CDATA[\n      ${escape(all.join('\n'))}\n    ]]></send>`;
}

const response = (status: string, toTag: string, options: MessageOptions): Step =>
  message(
    [
      `SIP/2.0 ${status}`,
      '[last_Via:]',
      '[last_From:]',
      `[last_To:]${toTag}`,
      '[last_Call-ID:]',
      '[last_CSeq:]',
      '[last_Record-Route:]',
    ],
    options,
  );

/** Answers the last request, which is outside a dialog. */
export const respond = (status: string, options: MessageOptions = {}): Step =>
  response(status, status.startsWith('100') ? '' : TAG, options);

/** Answers a request inside the dialog (its To carries the tag already). */
export const respondInDialog = (status: string, options: MessageOptions = {}): Step =>
  response(status, '', options);

/** Answers the INVITE of {@link expectCall} when another request, such as CANCEL or PRACK, came since. */
export const respondToInvite = (status: string, options: MessageOptions = {}): Step =>
  message(
    [
      `SIP/2.0 ${status}`,
      '[$via][$routed]From[$peer]',
      `To[$called]${TAG}`,
      '[last_Call-ID:]',
      'CSeq[$cseq]',
    ],
    options,
  );

const requestLines = (method: string, cseq: number, branch = '[branch]'): string[] => [
  `${method} [next_url] SIP/2.0`,
  `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
  '[routes]',
  `From: <sip:peer@[local_ip]:[local_port]>${TAG}`,
  'To[$peer]',
  '[last_Call-ID:]',
  `CSeq: ${cseq} ${method}`,
  'Max-Forwards: 70',
];

/** Sends a request inside the dialog of an INVITE this side received. */
export const request = (method: string, options: MessageOptions & { cseq?: number } = {}): Step =>
  message(requestLines(method, options.cseq ?? 1), options, ' retrans="500"');

/**
 * Acknowledges the final response to our re-INVITE with that CSeq.
 *
 * @param stepsBack for a refusal: which step before this one sent the INVITE, whose branch the ACK then shares (RFC 3261
 * section 17.1.1.3)
 */
export const acknowledge = (cseq: number, options: MessageOptions & { stepsBack?: number } = {}): Step =>
  message(
    requestLines('ACK', cseq, options.stepsBack === undefined ? undefined : `[branch-${options.stepsBack}]`),
    options,
  );

/** A request outside a dialog: SIPp as a caller, or as a stranger who guesses the tag of a dialog. */
export const outsideDialog = (
  method: string,
  options: MessageOptions & { readonly toTag?: string; readonly branch?: string } = {},
): Step => {
  const { toTag, branch = '[branch]' } = options;
  return message(
    [
      `${method} sip:stranger@[remote_ip]:[remote_port] SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`,
      'From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]',
      `To: <sip:stranger@[remote_ip]:[remote_port]>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      'Call-ID: [call_id]',
      `CSeq: 1 ${method}`,
      'Max-Forwards: 70',
    ],
    options,
  );
};

const header = (name: string, variable: string): string =>
  `<ereg regexp=":.*" search_in="hdr" header="${name}" assign_to="${variable}"/>`;
/** All header fields of that name, with their line ends; SIPp's own search finds the first only. */
const headers = (name: string, variable: string): string =>
  `<ereg regexp="(${name}:[^\n]*\n)+" search_in="msg" assign_to="${variable}"/>`;

/** The INVITE that starts a call, with the caller remembered for requests of our own. */
export const expectInvite = (): Step =>
  received('request="INVITE" crlf="true" rrs="true"', [header('From', 'peer')]);

/** Like {@link expectInvite}, with all remembered that {@link respondToInvite} needs. */
export const expectCall = (having: Having = {}): Step =>
  received('request="INVITE" crlf="true" rrs="true"', [
    header('From', 'peer'),
    header('To', 'called'),
    header('CSeq', 'cseq'),
    headers('Via', 'via'),
    headers('Record-Route', 'routed'),
    ...expectations(having),
  ]);

const rtpStream = (argument: string): Step => `<nop><action><exec rtp_stream="${argument}"/></action></nop>`;

/** Streams `file` (raw G.711) again and again from now on, in place of what was streamed before. */
export const stream = (file: string, codec: G711Codec = 'PCMA'): Step =>
  rtpStream(`${file},-1,${codec === 'PCMA' ? 8 : 0}`);

/** Sends nothing until {@link resumeStream}, whatever else is to be streamed then. */
export const pauseStream = (): Step => rtpStream('pause');
export const resumeStream = (): Step => rtpStream('resume');

/**
 * Presses a key: plays the capture that comes with SIPp, from `[media_port]`, which takes root. Its payload type is 101, and
 * each key has sequence numbers and timestamps of its own under one SSRC.
 */
export function pressKey(key: string): Step {
  return playCapture(captureOf(key));
}

const captureOf = (key: string): string =>
  `/usr/share/sip-tester/dtmf_2833_${{ '*': 'star', '#': 'pound' }[key] ?? key}.pcap`;

const playCapture = (file: string): Step => `<nop><action><exec play_pcap_audio="${file}"/></action></nop>`;

/** Like {@link pressKey} with any payload type: writes the capture anew. */
export function pressKeyAs(directory: string, key: string, payloadType: number): Step {
  const capture = readFileSync(captureOf(key));
  // Every packet is as long: 16 bytes of record header, 42 of Ethernet, IP and UDP, 12 of RTP, 4 of the event.
  for (let at = PCAP_HEADER; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) {
    const type = at + 16 + 42 + 1;
    capture.writeUInt8((capture.readUInt8(type) & 0x80) | payloadType, type);
  }
  const file = join(directory, `key-${key.codePointAt(0)}-${payloadType}.pcap`);
  writeFileSync(file, capture);
  return playCapture(file);
}

/** Presses keys, one after the other, in SIPp's own way: payload type 96, with packets of type 97 between the keys. */
export const pressKeys = (keys: string): Step => `<nop><action><exec play_dtmf="${keys}"/></action></nop>`;

/** Writes ten seconds of a tone, raw G.711 at 8000 Hz, for {@link stream}. */
export function writeToneFile(directory: string, frequency: number, codec: G711Codec = 'PCMA'): string {
  return writeAudioFile(directory, `tone-${frequency}`, tone([frequency], 10_000), codec);
}

/** Writes samples at 8000 Hz as raw G.711, for {@link stream}. */
export function writeAudioFile(
  directory: string,
  name: string,
  samples: Int16Array,
  codec: G711Codec = 'PCMA',
): string {
  const file = join(directory, `${name}.${codec}`);
  writeFileSync(file, encodeG711(codec, samples));
  return file;
}

export interface SippOptions {
  /** Ports to be free from the media port on; 8 by default. */
  readonly mediaPorts?: number;
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

/** SIPp refuses variables that nothing uses. */
function scenario(name: string, steps: readonly Step[]): string {
  const text = steps.join('\n  ');
  const variables = new Set([...text.matchAll(/assign_to="(\w+)"/g)].map(([, variable]) => variable));
  const reference = variables.size > 0 ? `\n  <Reference variables="${[...variables].join(',')}"/>` : '';
  return `<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="${name}">\n  ${text}${reference}\n</scenario>\n`;
}

/** SIPp playing one scenario. */
export class Sipp extends PeerProcess {
  readonly host: string;
  readonly port: number;
  readonly mediaPort: number;
  readonly transport: 'UDP' | 'TCP';
  readonly #name: string;

  readonly #mediaPorts: number;

  private constructor(args: string[], options: SippOptions, port: number, mediaPort: number) {
    super('sipp', args, { cwd: options.directory });
    this.host = options.host ?? '127.0.0.1';
    this.port = port;
    this.mediaPort = mediaPort;
    this.transport = options.transport ?? 'UDP';
    this.#name = options.name;
    this.#mediaPorts = options.mediaPorts ?? MEDIA_PORTS;
  }

  static async start(options: SippOptions): Promise<Sipp> {
    const { directory, name, steps, host = '127.0.0.1', transport, calls = 1, args = [], remote } = options;
    const port = await freePort(host);
    const mediaPort = await freePort(host, options.mediaPorts ?? MEDIA_PORTS);
    const file = join(directory, `${name}.xml`);
    writeFileSync(file, scenario(name, steps));
    return new Sipp(
      [
        ...(remote ? [remote] : []),
        '-sf',
        file,
        ...`-i ${host} -p ${port} -mi ${host} -mp ${mediaPort} -m ${calls}`.split(' '),
        ...`-t ${transport === 'TCP' ? 't1' : 'u1'} -nostdin -trace_err -timeout 60 -timeout_error`.split(
          ' ',
        ),
        ...args,
      ],
      options,
      port,
      mediaPort,
    );
  }

  /** Resolves when SIPp ended content; rejects with what it complained about. */
  async succeeded(): Promise<void> {
    const code = await this.exited;
    if (code !== 0) throw new Error(`SIPp (${this.#name}) ended with ${code}:\n${this.output.slice(-4_000)}`);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    returnPorts(this.port);
    returnPorts(this.mediaPort, this.#mediaPorts);
  }
}
