import { formatReason } from '../message/reason.ts';
import type { ReleaseReason } from './options.ts';

/** Reason header fields for CANCEL, BYE and refusals (RFC 3326 2): one for each protocol there is a cause of. */
export function reasonHeaders(release: ReleaseReason): [name: string, value: string][] {
  const text = release.text === undefined ? {} : { text: release.text };
  const headers: [string, string][] = [];
  if (release.q850 !== undefined) {
    headers.push(['Reason', formatReason({ protocol: 'Q.850', cause: release.q850, ...text })]);
  }
  if (release.sipStatus !== undefined) {
    headers.push(['Reason', formatReason({ protocol: 'SIP', cause: release.sipStatus, ...text })]);
  }
  return headers;
}
