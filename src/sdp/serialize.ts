import { addressTypeOf } from './address.ts';
import type { Connection, MediaDescription, SessionDescription } from './session-description.ts';

/** Writes a description in the order of RFC 8866 5, with CRLF line ends and the unbounded time `t=0 0`. */
export function serializeSessionDescription(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.host}`,
    `s=${description.sessionName}`,
  ];
  if (description.connection !== undefined) lines.push(connectionLine(description.connection));
  lines.push('t=0 0');
  if (description.direction !== undefined) lines.push(`a=${description.direction}`);
  for (const media of description.media) lines.push(...mediaLines(media));
  return `${lines.join('\r\n')}\r\n`;
}

function connectionLine(connection: Connection): string {
  return `c=IN ${connection.addressType} ${connection.host}`;
}

function mediaLines(media: MediaDescription): string[] {
  const lines = [`m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(' ')}`];
  if (media.connection !== undefined) lines.push(connectionLine(media.connection));
  if (media.rtcp !== undefined) {
    const { port, host } = media.rtcp;
    lines.push(host === undefined ? `a=rtcp:${port}` : `a=rtcp:${port} IN ${addressTypeOf(host)} ${host}`);
  }
  for (const [payloadType, map] of media.rtpMaps) {
    const parameters = map.encodingParameters === undefined ? '' : `/${map.encodingParameters}`;
    lines.push(`a=rtpmap:${payloadType} ${map.encoding}/${map.clockRate}${parameters}`);
  }
  for (const [payloadType, parameters] of media.formatParameters)
    lines.push(`a=fmtp:${payloadType} ${parameters}`);
  if (media.ptime !== undefined) lines.push(`a=ptime:${media.ptime}`);
  if (media.maxptime !== undefined) lines.push(`a=maxptime:${media.maxptime}`);
  if (media.direction !== undefined) lines.push(`a=${media.direction}`);
  return lines;
}
