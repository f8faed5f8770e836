import type { SipResponse } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import type { SipUri, Uri } from '../message/uri.ts';
import { sameUri } from '../message/uri-comparison.ts';

/** 305 and 380 ask for more than another target (RFC 3261 21.3.4, 21.3.5). */
const followed = new Set([300, 301, 302]);

/** The target set of one call (RFC 3261 8.1.3.4): what redirections named and has not been tried. */
export class Redirection {
  readonly #tried: Uri[];
  #targets: { readonly uri: SipUri; readonly q: number }[] = [];
  #left: number;

  /** @param limit how many redirected targets may be tried in all */
  constructor(requestUri: Uri, limit: number) {
    this.#tried = [requestUri];
    this.#left = limit;
  }

  /** Adds the contacts of a 3xx; those a loop leads back to, and those we cannot reach, are left out. */
  add(response: SipResponse): void {
    if (!followed.has(response.status)) return;
    for (const contact of response.contacts) {
      const { uri } = contact;
      if (uri.kind !== 'sip' || uri.scheme !== 'sip') continue;
      const target = uri.with({ headers: new Map() });
      if (this.#tried.some((tried) => sameUri(tried, target))) continue;
      this.#tried.push(target);
      this.#targets.push({ uri: target, q: qualityOf(contact) });
    }
    // Sorting is stable: equals stay in the order of the response.
    this.#targets.sort((a, b) => b.q - a.q);
  }

  /** The best target not yet tried. */
  next(): SipUri | undefined {
    if (this.#left === 0) return undefined;
    const target = this.#targets.shift();
    if (target !== undefined) this.#left -= 1;
    return target?.uri;
  }
}

/** 20.10: 0 to 1; 1 where none is given, as for a single contact. */
function qualityOf(contact: NameAddr): number {
  const q = Number(contact.parameters.get('q') ?? 1);
  return q >= 0 && q <= 1 ? q : 0;
}
