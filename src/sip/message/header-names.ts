/** Header names: compact forms, which headers are lists, and which may stand only once. */

/** How a header is treated; one shared object per name, so that they compare by identity. */
export interface HeaderKind {
  /** The full name in lower case. */
  readonly key: string;
  /** Whether commas separate elements, and several lines are one list (RFC 3261 section 7.3.1). */
  readonly isList: boolean;
  /** Whether a second line makes the message malformed. */
  readonly isSingle: boolean;
}

/** RFC 3261 section 7.3.3 and the registrations since (IANA, "SIP Header Fields"). */
const compactForms: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

const lists = `
  accept accept-contact accept-encoding accept-language alert-info allow allow-events call-info contact
  content-encoding content-language diversion error-info geolocation history-info in-reply-to
  p-asserted-identity p-associated-uri p-preferred-identity path proxy-require reason record-route
  reject-contact request-disposition require route security-client security-server security-verify
  service-route supported unsupported user-to-user via warning`;

const singles = `
  call-id content-length content-type cseq date event expires from max-forwards mime-version min-expires
  min-se organization priority rack refer-to replaces retry-after rseq server session-expires subject
  subscription-state timestamp to user-agent`;

const kinds = new Map<string, HeaderKind>();
for (const key of lists.trim().split(/\s+/)) kinds.set(key, { key, isList: true, isSingle: false });
for (const key of singles.trim().split(/\s+/)) kinds.set(key, { key, isList: false, isSingle: true });
for (const [compact, key] of Object.entries(compactForms)) {
  kinds.set(compact, kinds.get(key) ?? { key, isList: false, isSingle: false });
}

/** Also the spellings that peers use, so that the common case needs no conversion to lower case. */
const spellings = new Map(kinds);
for (const [key, kind] of kinds) {
  spellings.set(key.toUpperCase(), kind);
  spellings.set(titleCase(key), kind);
}
for (const name of ['Call-ID', 'CSeq', 'MIME-Version', 'Min-SE', 'RAck', 'RSeq']) {
  spellings.set(name, kindOf(name.toLowerCase()));
}

function titleCase(key: string): string {
  return key.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** The kind of a header this stack knows by name; undefined for an extension header. */
export function knownKind(name: string): HeaderKind | undefined {
  return spellings.get(name) ?? kinds.get(name.toLowerCase());
}

/** The kind of any header: an extension header is a single value that may be repeated. */
export function kindOf(name: string): HeaderKind {
  return knownKind(name) ?? { key: name.toLowerCase(), isList: false, isSingle: false };
}
