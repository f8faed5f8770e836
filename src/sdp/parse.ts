import { isHostOf } from './address.ts';
import { SdpParseError } from './errors.ts';
import type {
  Connection,
  Direction,
  MediaDescription,
  Origin,
  RtpMap,
  SessionDescription,
} from './session-description.ts';

/** What a description may hold at most; more is refused before it is read. */
export interface SdpLimits {
  /** Characters. */
  readonly length: number;
  readonly lines: number;
  /** `m=` lines. */
  readonly media: number;
  /** Formats of one `m=` line. */
  readonly formats: number;
}

export const defaultSdpLimits: SdpLimits = { length: 16_384, lines: 512, media: 16, formats: 64 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type MediaDraft = Mutable<MediaDescription> & {
  rtpMaps: Map<number, RtpMap>;
  formatParameters: Map<number, string>;
};
interface Draft {
  origin?: Origin;
  sessionName?: string;
  connection?: Connection;
  direction?: Direction;
  media: MediaDraft[];
}

const DIRECTIONS: ReadonlySet<string> = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

function isDirection(name: string): name is Direction {
  return DIRECTIONS.has(name);
}

/**
 * Reads a session description (RFC 8866). Bare LF line ends, blank lines and a missing `s=` or `t=` are
 * tolerated; unknown lines and attributes are ignored (RFC 8866 5, 5.13).
 *
 * @throws {SdpParseError} naming the line
 */
export function parseSessionDescription(
  text: string,
  limits: SdpLimits = defaultSdpLimits,
): SessionDescription {
  if (text.length > limits.length) throw new SdpParseError(0, `longer than ${limits.length} characters`);
  const lines = text.split(/\r\n|\n|\r/, limits.lines + 1);
  if (lines.length > limits.lines) throw new SdpParseError(0, `more than ${limits.lines} lines`);
  if (lines[0] !== 'v=0') throw new SdpParseError(1, 'must be v=0');
  const draft: Draft = { media: [] };
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (line.trim() !== '') readLine(draft, line, index + 1, limits);
  }
  if (draft.origin === undefined) throw new SdpParseError(0, 'o= is missing');
  return { ...draft, origin: draft.origin, sessionName: draft.sessionName ?? '-' };
}

function readLine(draft: Draft, line: string, at: number, limits: SdpLimits): void {
  if (!/^[A-Za-z]=/.test(line)) throw new SdpParseError(at, 'is not of the form letter=value');
  if (line.includes('\0')) throw new SdpParseError(at, 'holds a NUL');
  const value = line.slice(2);
  const media = draft.media.at(-1);
  switch (line[0]) {
    case 'm':
      if (draft.media.length === limits.media)
        throw new SdpParseError(at, `more than ${limits.media} m= lines`);
      draft.media.push(readMedia(value, at, limits));
      break;
    case 'c': {
      const connection = readConnection(value, at);
      // Several c= lines of one stream are layers of multicast (RFC 8866 5.7): the first one counts.
      (media ?? draft).connection ??= connection;
      break;
    }
    case 'a':
      readAttribute(media ?? draft, value, at);
      break;
    case 'v':
    case 'o':
    case 's':
      if (media === undefined) readSessionLine(draft, line[0], value, at);
      break;
    default:
      break; // i=, u=, e=, p=, b=, t=, r=, z=, k= and letters that do not exist yet: RFC 8866 5
  }
}

function readSessionLine(draft: Draft, letter: 'v' | 'o' | 's', value: string, at: number): void {
  if (letter === 's') {
    draft.sessionName ??= value.trim() === '' ? '-' : value;
    return;
  }
  if (letter === 'v') throw new SdpParseError(at, 'v= appears twice');
  if (draft.origin !== undefined) throw new SdpParseError(at, 'o= appears twice');
  draft.origin = readOrigin(value, at);
}

function fields(value: string): string[] {
  return value.split(' ').filter((field) => field !== '');
}

function readOrigin(value: string, at: number): Origin {
  const [username, sessionId, sessionVersion, netType, addressType, host, ...more] = fields(value);
  if (username === undefined || sessionId === undefined || sessionVersion === undefined || more.length > 0)
    throw new SdpParseError(at, 'o= needs six fields');
  // The address only makes the description unique (RFC 8866 5.2): nothing is ever sent there, and private or
  // odd names are common, so it is kept as written.
  if (netType !== 'IN' || (addressType !== 'IP4' && addressType !== 'IP6') || host === undefined)
    throw new SdpParseError(at, 'o= needs an address of type IN IP4 or IN IP6');
  return { username, sessionId, sessionVersion, addressType, host };
}

function readConnection(value: string, at: number): Connection {
  const [netType, addressType, address, ...more] = fields(value);
  if (
    netType !== 'IN' ||
    (addressType !== 'IP4' && addressType !== 'IP6') ||
    address === undefined ||
    more.length > 0
  )
    throw new SdpParseError(at, 'c= needs an address of type IN IP4 or IN IP6');
  const host = address.split('/', 1)[0]!; // "/ttl" and "/count" belong to multicast
  if (!isHostOf(addressType, host)) throw new SdpParseError(at, 'c= holds no valid address');
  return { addressType, host };
}

function readPort(text: string, at: number): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new SdpParseError(at, 'holds no valid port');
  return Number(text);
}

function readMedia(value: string, at: number, limits: SdpLimits): MediaDraft {
  const [kind, portText, protocol, ...formats] = fields(value);
  if (kind === undefined || portText === undefined || protocol === undefined || formats.length === 0)
    throw new SdpParseError(at, 'm= needs a kind, a port, a protocol and a format');
  if (formats.length > limits.formats)
    throw new SdpParseError(at, `m= has more than ${limits.formats} formats`);
  const [port = '', count] = portText.split('/', 2);
  if (count !== undefined && !/^[1-9]\d{0,4}$/.test(count))
    throw new SdpParseError(at, 'm= has a wrong port count');
  if (kind === 'audio' && protocol.startsWith('RTP/') && !formats.every(isPayloadType))
    throw new SdpParseError(at, 'm= has a format that is no payload type');
  return {
    kind,
    port: readPort(port, at),
    protocol,
    formats: [...new Set(formats)],
    rtpMaps: new Map(),
    formatParameters: new Map(),
  };
}

function isPayloadType(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= 127;
}

function readAttribute(owner: Draft | MediaDraft, value: string, at: number): void {
  const colon = value.indexOf(':');
  const name = colon < 0 ? value.trim() : value.slice(0, colon);
  if (isDirection(name)) owner.direction = name;
  else if (colon >= 0 && 'kind' in owner && owner.kind === 'audio')
    readAudioAttribute(owner, name, value.slice(colon + 1).trim(), at);
}

function readAudioAttribute(media: MediaDraft, name: string, value: string, at: number): void {
  switch (name) {
    case 'rtpmap': {
      const [payloadType, map] = readRtpMap(value, at);
      media.rtpMaps.set(payloadType, map);
      break;
    }
    case 'fmtp': {
      const [payloadType = '', ...parameters] = value.split(' ');
      if (!isPayloadType(payloadType)) throw new SdpParseError(at, 'a=fmtp names no payload type');
      media.formatParameters.set(Number(payloadType), parameters.join(' ').trim());
      break;
    }
    case 'ptime':
    case 'maxptime':
      media[name] = readMilliseconds(value, name, at);
      break;
    case 'rtcp':
      media.rtcp = readRtcp(value, at);
      break;
    default:
      break;
  }
}

function readRtpMap(value: string, at: number): [number, RtpMap] {
  const parts = /^(\d{1,3}) +([^\s/]+)\/(\d{1,7})(?:\/(\S+))?$/.exec(value);
  if (parts === null || !isPayloadType(parts[1]!)) throw new SdpParseError(at, 'a=rtpmap is malformed');
  const map: Mutable<RtpMap> = { encoding: parts[2]!, clockRate: Number(parts[3]) };
  if (parts[4] !== undefined) map.encodingParameters = parts[4];
  return [Number(parts[1]), map];
}

/** RFC 8866 6.4 allows fractions, "for legacy reasons". */
function readMilliseconds(value: string, name: string, at: number): number {
  if (!/^\d{1,5}(\.\d{1,6})?$/.test(value) || Number(value) === 0)
    throw new SdpParseError(at, `a=${name} is no positive number`);
  return Number(value);
}

/** RFC 3605 2.1: `a=rtcp:port [IN IP4 host]`. */
function readRtcp(value: string, at: number): { port: number; host?: string } {
  const space = value.indexOf(' ');
  const port = readPort(space < 0 ? value : value.slice(0, space), at);
  return space < 0 ? { port } : { port, host: readConnection(value.slice(space + 1), at).host };
}
