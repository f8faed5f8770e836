import type { SipMessage } from './message.ts';

/**
 * A message as it goes on the wire. Header lines stand as they are held; Content-Length is made to fit the body
 * (RFC 3261 section 20.14), in place or at the end. Throws RangeError when URI or reason phrase hold a line break.
 */
export function serializeMessage(message: SipMessage): Buffer {
  const startLine =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  if (startLine.indexOf('\n') !== startLine.length - 1)
    throw new RangeError('The start line holds a line break');
  const length = String(message.body.length);
  const { headers } = message;
  const written = headers.get('Content-Length');
  let text = startLine;
  if (written === undefined) text += `${headers.toString()}Content-Length: ${length}\r\n\r\n`;
  else if (written === length) text += `${headers.toString()}\r\n`;
  else {
    const corrected = headers.copy();
    corrected.set('Content-Length', length);
    text += `${corrected.toString()}\r\n`;
  }
  if (message.body.length === 0) return Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from(text, 'utf8'), message.body]);
}
