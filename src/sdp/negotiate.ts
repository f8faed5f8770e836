import { isGroupAddress, isUnspecified } from './address.ts';
import { acceptsDigits, type AudioCodec, audioFormats } from './audio-formats.ts';
import { SdpNegotiationError } from './errors.ts';
import type { Connection, Direction, MediaDescription, SessionDescription } from './session-description.ts';

/** The only profile we speak: no SRTP, no feedback profile. */
export const audioProtocol = 'RTP/AVP';

/** A far end's audio stream that we can take, with what of it we use. */
export interface AudioStream {
  readonly media: MediaDescription;
  /** Its place among the m= lines. */
  readonly line: number;
  readonly connection: Connection;
  readonly codec: AudioCodec;
  readonly payloadType: number;
  /** The payload type of telephone-events, when both ends take them. */
  readonly telephoneEvent?: number;
  /** What the far end does with the stream. */
  readonly direction: Direction;
}

/** What decides whether a stream can be taken. */
export interface AudioWishes {
  readonly codecs: readonly AudioCodec[];
  readonly telephoneEvent: boolean;
}

/**
 * The stream of the m= line at `line`, if it is audio that we can take.
 *
 * @throws {SdpNegotiationError} `no-audio`, `no-common-codec`
 */
export function takeAudio(description: SessionDescription, line: number, wishes: AudioWishes): AudioStream {
  const media = description.media[line];
  const connection = media?.connection ?? description.connection;
  if (media?.kind !== 'audio' || media.protocol !== audioProtocol || media.port === 0)
    throw new SdpNegotiationError('no-audio', 'no audio stream over RTP/AVP');
  if (connection === undefined || isGroupAddress(connection.host))
    throw new SdpNegotiationError('no-audio', 'the audio stream has no address that we may send to');
  const formats = audioFormats(media);
  const codec = firstCodec(formats, wishes.codecs);
  if (codec === undefined) throw new SdpNegotiationError('no-common-codec', 'no codec that both ends speak');
  const event = formats.find(({ payload }) => payload === 'telephone-event')?.payloadType;
  const takesEvents =
    wishes.telephoneEvent && event !== undefined && acceptsDigits(media.formatParameters.get(event));
  const direction = restrict(media.direction ?? description.direction ?? 'sendrecv', connection);
  return { media, line, connection, ...codec, ...(takesEvents && { telephoneEvent: event }), direction };
}

/** The first of `formats` that is one of `codecs`: the writer's order of preference counts (RFC 3264 6.1). */
function firstCodec(
  formats: ReturnType<typeof audioFormats>,
  codecs: readonly AudioCodec[],
): { codec: AudioCodec; payloadType: number } | undefined {
  for (const { payload, payloadType } of formats) {
    const codec = codecs.find((ours) => ours === payload);
    if (codec !== undefined) return { codec, payloadType };
  }
  return undefined;
}

/** An unspecified address is the old hold: its writer does not want to receive (RFC 3264 8.4). */
function restrict(direction: Direction, connection: Connection): Direction {
  return isUnspecified(connection.host) ? directionOf(sends(direction), false) : direction;
}

/** The first m= line whose audio we can take; the reason of the first audio line we cannot, if there is none. */
export function chooseAudio(offer: SessionDescription, wishes: AudioWishes): AudioStream {
  let refusal: SdpNegotiationError | undefined;
  for (const line of offer.media.keys()) {
    try {
      return takeAudio(offer, line, wishes);
    } catch (error) {
      if (!(error instanceof SdpNegotiationError)) throw error;
      if (refusal === undefined || refusal.reason === 'no-audio') refusal = error;
    }
  }
  throw refusal ?? new SdpNegotiationError('no-audio', 'no stream at all');
}

function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function directionOf(sending: boolean, receiving: boolean): Direction {
  if (sending) return receiving ? 'sendrecv' : 'sendonly';
  return receiving ? 'recvonly' : 'inactive';
}

/** What we do when we want `ours` and the far end does `theirs` (RFC 3264 6.1). */
export function agreeDirection(ours: Direction, theirs: Direction): Direction {
  return directionOf(sends(ours) && receives(theirs), receives(ours) && sends(theirs));
}

/** Where RTCP goes: `a=rtcp` (RFC 3605 2.1), else the next port (RFC 3550 11). Port 0: it wants none. */
export function rtcpOf({ media, connection }: AudioStream): { host: string; port: number } {
  const host = media.rtcp?.host ?? connection.host;
  return {
    host: isGroupAddress(host) ? connection.host : host,
    port: media.rtcp?.port ?? Math.min(media.port + 1, 65535),
  };
}

/**
 * Milliseconds of audio to send in a packet. `a=ptime` is a wish, `a=maxptime` a limit (RFC 8866 6.4, 6.5); a wish
 * that is no multiple of 10 from 10 to 60 is not followed.
 */
export function sendingPtime(media: MediaDescription, ours: number): number {
  const { ptime, maxptime } = media;
  const wished = ptime !== undefined && ptime % 10 === 0 && ptime >= 10 && ptime <= 60 ? ptime : ours;
  if (maxptime === undefined || maxptime >= wished) return wished;
  return Math.max(10, Math.floor(maxptime / 10) * 10);
}
