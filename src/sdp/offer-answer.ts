import { addressTypeOf } from './address.ts';
import { type AudioCodec, type AudioPayload, audioFormats, staticPayloadTypes } from './audio-formats.ts';
import { SdpNegotiationError } from './errors.ts';
import {
  agreeDirection,
  audioProtocol,
  type AudioStream,
  chooseAudio,
  rtcpOf,
  sendingPtime,
  takeAudio,
} from './negotiate.ts';
import { parseSessionDescription, type SdpLimits } from './parse.ts';
import { serializeSessionDescription } from './serialize.ts';
import type { Direction, MediaDescription, RtpMap, SessionDescription } from './session-description.ts';

export type { AudioCodec, AudioPayload } from './audio-formats.ts';

/** Our end of the audio stream. */
export interface LocalAudio {
  /** What the far end is told: IPv4, IPv6 without brackets, or a domain name. */
  readonly host: string;
  readonly port: number;
  /** Written as `a=rtcp` when it is not `port + 1` (RFC 3605). */
  readonly rtcpPort?: number;
  /** In order of preference. Default PCMA, PCMU. */
  readonly codecs?: readonly AudioCodec[];
  /** Whether keys travel as RFC 4733 events. Default true. */
  readonly telephoneEvent?: boolean;
  /** Milliseconds of audio we want in a packet. Default 20. */
  readonly ptime?: number;
}

/** What offer and answer agreed on, as our media must do it. */
export interface AgreedAudio {
  /** Where our RTP goes; maybe a domain name. Unspecified (0.0.0.0) only when `direction` forbids sending. */
  readonly remote: { readonly host: string; readonly port: number };
  /** Where our RTCP goes. */
  readonly rtcp: { readonly host: string; readonly port: number };
  /** What we send. */
  readonly codec: AudioCodec;
  /** The payload type we send it with: the far end's number. */
  readonly payloadType: number;
  /** Payload types of telephone-events; absent unless both ends take them. */
  readonly telephoneEvent?: { readonly send: number; readonly receive: number };
  /** What arriving payload types mean. Anything else is not part of this session. */
  readonly receivePayloadTypes: ReadonlyMap<number, AudioPayload>;
  /** Ours: `sendonly` is that we send and do not listen. */
  readonly direction: Direction;
  /** Milliseconds of audio to send in a packet: a multiple of 10 from 10 to 60. */
  readonly ptime: number;
}

/** One m= line of the session. Their number and order last as long as it does (RFC 3264 8). */
type MediaLine = Pick<MediaDescription, 'kind' | 'protocol' | 'formats'>;

const PREFERRED_EVENT_PAYLOAD_TYPE = 101;
const DYNAMIC_PAYLOAD_TYPES = Array.from({ length: 32 }, (_, index) => 96 + index);

/**
 * Offer and answer (RFC 3264) for one audio stream between two parties, in either role and any number of times.
 * Other streams are answered with port 0. Does no IO; what it returns goes into SIP bodies.
 *
 * @example
 * const negotiation = new OfferAnswer({ local: { host: '192.0.2.1', port: 20000 }, sessionId: '4711' });
 * const bodyOfInvite = negotiation.createOffer();
 * const agreed = negotiation.receiveAnswer(bodyOf200);
 */
export class OfferAnswer {
  readonly #local: Required<LocalAudio>;
  readonly #sessionId: string;
  readonly #limits: SdpLimits | undefined;
  /** The session version of our latest description, and that description without it (RFC 3264 8). */
  #version = 0;
  #lastWritten = '';
  /** What we want to do with the stream: `sendonly` while we hold the far end. */
  #wanted: Direction = 'sendrecv';
  /** Whose offer is the latest, and whether it was answered. */
  #latest: 'none' | 'ours-unanswered' | 'ours-answered' | 'theirs' = 'none';
  #wantedBeforeOffer: Direction = 'sendrecv';
  #lines: readonly MediaLine[] = [{ kind: 'audio', protocol: audioProtocol, formats: [] }];
  #audioLine = 0;
  /** Our payload types. A number keeps its meaning for the whole session (RFC 3264 8.3.2). */
  readonly #payloadTypes = new Map<AudioPayload, number>();
  /** What each number the far end ever wrote meant; undefined when nothing to us. */
  readonly #theirPayloadTypes = new Map<number, AudioPayload | undefined>();
  #agreed: AgreedAudio | undefined;

  /**
   * @param options.sessionId decimal digits, unlike those of any other session of this host (RFC 8866 5.2)
   * @param options.limits of the descriptions received
   */
  constructor(options: { local: LocalAudio; sessionId: string; limits?: SdpLimits }) {
    const { local } = options;
    this.#local = {
      host: local.host,
      port: local.port,
      rtcpPort: local.rtcpPort ?? local.port + 1,
      codecs: local.codecs ?? ['PCMA', 'PCMU'],
      telephoneEvent: local.telephoneEvent ?? true,
      ptime: local.ptime ?? 20,
    };
    this.#sessionId = options.sessionId;
    this.#limits = options.limits;
  }

  /** The latest agreement. */
  get agreed(): AgreedAudio | undefined {
    return this.#agreed;
  }

  /**
   * Our offer: the first one, or the same again to refresh the session (RFC 4028 7.4).
   *
   * @returns SDP
   * @throws {SdpNegotiationError} `offer-pending`
   */
  createOffer(): string {
    return this.#writeOffer(this.#wanted);
  }

  /** Our offer that puts the far end on hold (RFC 3264 8.4): we may send, it stays silent. Throws as `createOffer`. */
  createHoldOffer(): string {
    return this.#writeOffer('sendonly');
  }

  /** Our offer that ends our hold. Throws as `createOffer`. */
  createResumeOffer(): string {
    return this.#writeOffer('sendrecv');
  }

  /** Our offer was refused (488, 491, ...): what was agreed before stays (RFC 3261 14.1). */
  offerRefused(): void {
    if (this.#latest !== 'ours-unanswered') return;
    this.#wanted = this.#wantedBeforeOffer;
    this.#latest = this.#agreed === undefined ? 'none' : 'theirs';
  }

  /**
   * The answer to our latest offer. It may come again: in a 183 and in the 200, or from another fork.
   *
   * @throws {SdpParseError} not SDP
   * @throws {SdpNegotiationError} `no-offer`, `media-lines-changed`, `no-audio`, `no-common-codec`
   */
  receiveAnswer(sdp: string): AgreedAudio {
    if (this.#latest !== 'ours-unanswered' && this.#latest !== 'ours-answered')
      throw new SdpNegotiationError('no-offer', 'an answer without an offer');
    const answer = parseSessionDescription(sdp, this.#limits);
    // RFC 3264 6: the answer has exactly the m= lines of the offer.
    if (answer.media.length !== this.#lines.length || !this.#keepsAudioLine(answer))
      throw mediaLinesChanged();
    const stream = takeAudio(answer, this.#audioLine, this.#local);
    this.#agreed = this.#agree(stream, this.#offererReceives(stream));
    this.#latest = 'ours-answered';
    return this.#agreed;
  }

  /**
   * The far end's offer, the first one or a later one. What was agreed before stays when this throws.
   *
   * @returns our answer as SDP, and what it means for our media
   * @throws {SdpParseError} not SDP
   * @throws {SdpNegotiationError} `offer-pending` is glare (491); any other reason but `no-offer` is 488
   */
  receiveOffer(sdp: string): { answer: string; agreed: AgreedAudio } {
    if (this.#latest === 'ours-unanswered') throw offerPending();
    const offer = parseSessionDescription(sdp, this.#limits);
    // RFC 3264 8: lines may be added, never removed.
    const later = this.#latest !== 'none';
    if (later && (offer.media.length < this.#lines.length || !this.#keepsAudioLine(offer)))
      throw mediaLinesChanged();
    const stream = chooseAudio(offer, this.#local);
    this.#audioLine = stream.line;
    this.#lines = offer.media.map(({ kind, protocol, formats }) => ({ kind, protocol, formats }));
    // RFC 3264 6.1: the answer uses the numbers of the offer.
    const answered = new Map<AudioPayload, number>([[stream.codec, stream.payloadType]]);
    if (stream.telephoneEvent !== undefined) answered.set('telephone-event', stream.telephoneEvent);
    for (const [payload, payloadType] of answered) this.#payloadTypes.set(payload, payloadType);
    const agreed = this.#agree(stream, new Map([...answered].map(([payload, number]) => [number, payload])));
    this.#agreed = agreed;
    this.#latest = 'theirs';
    return { answer: this.#write(agreed.direction, answered), agreed };
  }

  #keepsAudioLine(description: SessionDescription): boolean {
    return description.media[this.#audioLine]?.kind === 'audio';
  }

  #writeOffer(direction: Direction): string {
    if (this.#latest === 'ours-unanswered') throw offerPending();
    this.#latest = 'ours-unanswered';
    this.#wantedBeforeOffer = this.#wanted;
    this.#wanted = direction;
    const payloads: AudioPayload[] = [...this.#local.codecs];
    if (this.#local.telephoneEvent) payloads.push('telephone-event');
    return this.#write(
      direction,
      new Map(payloads.map((payload) => [payload, this.#payloadTypeOf(payload)])),
    );
  }

  #payloadTypeOf(payload: AudioPayload): number {
    let number = this.#payloadTypes.get(payload);
    if (number === undefined) {
      const preferred =
        payload === 'telephone-event' ? PREFERRED_EVENT_PAYLOAD_TYPE : staticPayloadTypes[payload];
      const ours = new Set(this.#payloadTypes.values());
      const theirs = this.#theirPayloadTypes;
      const known = [...theirs].find(([, meaning]) => meaning === payload)?.[0];
      const isFree = (each: number): boolean => !ours.has(each) && !theirs.has(each);
      const free = isFree(preferred) ? preferred : DYNAMIC_PAYLOAD_TYPES.find(isFree);
      number = known ?? free ?? preferred;
      this.#payloadTypes.set(payload, number);
    }
    return number;
  }

  /**
   * What may arrive at us, the offerer: what the answer accepted, under our numbers. Answerers that wrongly send
   * with numbers of their own are understood where those mean nothing else here.
   */
  #offererReceives(stream: AudioStream): Map<number, AudioPayload> {
    const accepted = audioFormats(stream.media).filter(({ payload }) => this.#payloadTypes.has(payload));
    const receives = new Map<number, AudioPayload>();
    for (const { payload } of accepted) {
      if (payload === 'telephone-event' && stream.telephoneEvent === undefined) continue;
      receives.set(this.#payloadTypeOf(payload), payload);
    }
    for (const { payload, payloadType } of accepted)
      if (!receives.has(payloadType) && [...receives.values()].includes(payload))
        receives.set(payloadType, payload);
    return receives;
  }

  #agree(stream: AudioStream, receivePayloadTypes: ReadonlyMap<number, AudioPayload>): AgreedAudio {
    for (const format of stream.media.formats) this.#theirPayloadTypes.set(Number(format), undefined);
    for (const { payload, payloadType } of audioFormats(stream.media))
      this.#theirPayloadTypes.set(payloadType, payload);
    const { telephoneEvent: send } = stream;
    return {
      remote: { host: stream.connection.host, port: stream.media.port },
      rtcp: rtcpOf(stream),
      codec: stream.codec,
      payloadType: stream.payloadType,
      ...(send !== undefined && {
        telephoneEvent: { send, receive: this.#payloadTypeOf('telephone-event') },
      }),
      receivePayloadTypes,
      direction: agreeDirection(this.#wanted, stream.direction),
      ptime: sendingPtime(stream.media, this.#local.ptime),
    };
  }

  #write(direction: Direction, payloadTypes: ReadonlyMap<AudioPayload, number>): string {
    const { host } = this.#local;
    const addressType = addressTypeOf(host);
    const description = (version: number): string =>
      serializeSessionDescription({
        origin: {
          username: '-',
          sessionId: this.#sessionId,
          sessionVersion: `${version}`,
          addressType,
          host,
        },
        sessionName: '-',
        connection: { addressType, host },
        media: this.#lines.map((line, index) =>
          index === this.#audioLine
            ? this.#audioMedia(direction, payloadTypes)
            : { ...line, port: 0, rtpMaps: new Map(), formatParameters: new Map() },
        ),
      });
    // RFC 3264 8: the version rises by one when, and only when, anything else changed.
    const last = this.#lastWritten;
    if (last !== undefined && last === description(this.#version)) return last;
    this.#version += 1;
    this.#lastWritten = description(this.#version);
    return this.#lastWritten;
  }

  #audioMedia(direction: Direction, payloadTypes: ReadonlyMap<AudioPayload, number>): MediaDescription {
    const { port, rtcpPort, ptime } = this.#local;
    const events = payloadTypes.get('telephone-event');
    const rtpMaps = [...payloadTypes].map(([encoding, number]): [number, RtpMap] => [
      number,
      { encoding, clockRate: 8000 },
    ]);
    return {
      kind: 'audio',
      port,
      protocol: audioProtocol,
      formats: [...payloadTypes.values()].map(String),
      ...(rtcpPort !== port + 1 && { rtcp: { port: rtcpPort } }),
      rtpMaps: new Map(rtpMaps),
      formatParameters: new Map(events === undefined ? [] : [[events, '0-15']]),
      ptime,
      direction,
    };
  }
}

function offerPending(): SdpNegotiationError {
  return new SdpNegotiationError('offer-pending', 'our own offer is not answered yet (RFC 3264 4)');
}

function mediaLinesChanged(): SdpNegotiationError {
  return new SdpNegotiationError(
    'media-lines-changed',
    'the m= lines are not those of the session (RFC 3264 6, 8)',
  );
}
