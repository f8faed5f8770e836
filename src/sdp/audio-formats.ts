import type { MediaDescription, RtpMap } from './session-description.ts';

/** The codecs we speak, by their RTP names (RFC 3551 4.5.14). Both at 8000 Hz, mono. */
export type AudioCodec = 'PCMA' | 'PCMU';

/** What a packet of a payload type carries. */
export type AudioPayload = AudioCodec | 'telephone-event';

/** Payload types that need no `a=rtpmap` (RFC 3551 table 4). */
export const staticPayloadTypes: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 };

export interface AudioFormat {
  readonly payloadType: number;
  readonly payload: AudioPayload;
}

/** The formats of an audio `m=` line that we understand, in the writer's order of preference. */
export function audioFormats(media: MediaDescription): AudioFormat[] {
  const formats: AudioFormat[] = [];
  for (const format of media.formats) {
    const payloadType = Number(format);
    const map = media.rtpMaps.get(payloadType);
    const payload = map === undefined ? staticPayload(payloadType) : mappedPayload(map);
    if (payload !== undefined) formats.push({ payloadType, payload });
  }
  return formats;
}

function staticPayload(payloadType: number): AudioCodec | undefined {
  if (payloadType === staticPayloadTypes.PCMA) return 'PCMA';
  return payloadType === staticPayloadTypes.PCMU ? 'PCMU' : undefined;
}

function mappedPayload(map: RtpMap): AudioPayload | undefined {
  if (map.clockRate !== 8000 || (map.encodingParameters ?? '1') !== '1') return undefined;
  switch (map.encoding.toLowerCase()) {
    case 'pcma':
      return 'PCMA';
    case 'pcmu':
      return 'PCMU';
    case 'telephone-event':
      return 'telephone-event';
    default:
      return undefined;
  }
}

/**
 * Whether the events of a telephone-event `a=fmtp` include all sixteen DTMF digits. Without one they do
 * (RFC 4733 2.4.1).
 */
export function acceptsDigits(parameters: string | undefined): boolean {
  if (parameters === undefined) return true;
  const accepted = new Set<number>();
  for (const range of parameters.replace(/^events=/i, '').split(',')) {
    const [, first, last = first] = /^\s*(\d{1,3})(?:-(\d{1,3}))?\s*$/.exec(range) ?? [];
    if (first === undefined) continue;
    for (let event = Number(first); event <= Math.min(Number(last), 15); event += 1) accepted.add(event);
  }
  // A to D (12-15) are keys no handset has: a peer that leaves them out still takes digits.
  return Array.from({ length: 12 }, (_, event) => event).every((event) => accepted.has(event));
}
