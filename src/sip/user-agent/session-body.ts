import type { SipMessage } from '../message/message.ts';

/** The media type of a body without its parameters, in lower case; undefined when there is no body. */
export function bodyTypeOf(message: SipMessage): string | undefined {
  if (message.body.length === 0) return undefined;
  return message.contentType ?? '';
}

/** The session description a message carries: its body, or the first SDP part of a multipart body (RFC 5621). */
export function sdpOf(message: SipMessage): string | undefined {
  const type = bodyTypeOf(message);
  if (type === 'application/sdp') return message.text;
  if (type !== 'multipart/mixed') return undefined;
  const boundary = boundaryOf(message.headers.get('Content-Type') ?? '');
  return boundary === undefined ? undefined : sdpPart(message.text, boundary);
}

function mediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** RFC 2046 5.1.1: parts stand between delimiter lines; each is header fields, an empty line, a body. */
function sdpPart(text: string, boundary: string): string | undefined {
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`).slice(1);
  for (const part of parts) {
    if (part.startsWith('--')) return undefined;
    const end = part.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const type = /^content-type[ \t]*:(.*)$/im.exec(part.slice(0, end));
    // The line break before the next delimiter belongs to the delimiter: SDP wants its last line ended.
    if (type !== null && mediaType(type[1] ?? '') === 'application/sdp') return `${part.slice(end + 4)}\r\n`;
  }
  return undefined;
}
