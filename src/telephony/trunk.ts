import type { DialRequest } from '../call/ports.ts';
import { defaultPort, type Flow, type Transport } from '../sip/flow.ts';
import { formatHostPort } from '../sip/message/host-port.ts';
import type { Credentials, InviteOrder } from '../sip/user-agent/options.ts';

/** A number that begins with `from` begins with `to` instead. */
export interface Rewriting {
  readonly from: string;
  readonly to: string;
}

/** One of a trunk's gateways, as the operator says. */
export interface TrunkAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** Absent: a name is asked for SRV records, else it is the transport's own (RFC 3263 section 4.2). */
  readonly port?: number | undefined;
}

/** A configured carrier peer, or the sandbox's switchboard: where INVITEs go and how they name the caller. */
export interface Trunk {
  readonly name: string;
  /** It takes no new calls. */
  readonly suspended: boolean;
  /** Best first. */
  readonly addresses: readonly [TrunkAddress, ...TrunkAddress[]];
  readonly transport: Transport;
  readonly credentials?: Credentials | undefined;
  /** s; absent: it is not registered with. */
  readonly registerExpires?: number | undefined;
  /** Beginnings of the numbers it takes, plus sign included; none: all. */
  readonly prefixes: readonly string[];
  /** Lower ones come first. */
  readonly priority: number;
  readonly weight: number;
  readonly calleeRewriting: readonly Rewriting[];
  readonly callerRewriting: readonly Rewriting[];
  /** How the display number is asserted to the carrier (RFC 3325 sections 9.1 and 9.2). */
  readonly identity: 'none' | 'p-asserted-identity' | 'p-preferred-identity' | 'remote-party-id';
  /** In From, in place of the display number. */
  readonly fromUser?: string | undefined;
  /** In From and the identity, in place of our address. */
  readonly fromDomain?: string | undefined;
  /** Ask the carrier to keep the number from the callee: `Privacy: id` (RFC 3323, RFC 3325 section 9.3). */
  readonly privacy: boolean;
  /** INVITEs begun in any second; 0: no limit. */
  readonly callsPerSecond: number;
  /** Calls at once; 0: no limit. */
  readonly maxCalls: number;
  /** From OPTIONS to OPTIONS, ms; 0: none. */
  readonly optionsInterval: number;
  /** Silence after an INVITE until the next gateway is tried, ms. */
  readonly responseTimeout: number;
}

/** A trunk that takes every number as it is, is not limited and not asked whether it is there. */
export function plainTrunk(
  name: string,
  address: TrunkAddress,
  given: Partial<Trunk> & Pick<Trunk, 'transport'>,
): Trunk {
  return {
    name,
    suspended: false,
    addresses: [address],
    prefixes: [],
    priority: 10,
    weight: 10,
    calleeRewriting: [],
    callerRewriting: [],
    identity: 'none',
    privacy: false,
    callsPerSecond: 0,
    maxCalls: 0,
    optionsInterval: 0,
    responseTimeout: 4_000,
    ...given,
  };
}

export interface InviteSurroundings {
  /** What the far end knows us by: the public address. */
  readonly ourHost: string;
  /** The gateway as the operator says: what the Request-URI names. */
  readonly address: TrunkAddress;
  /** Where the INVITE is sent. */
  readonly destination: Flow;
  readonly offer: string;
}

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** A global number as the carrier wants it: the rule whose beginning is the longest that fits is applied. */
export function rewritten(number: string, rules: readonly Rewriting[]): string {
  const fitting = rules.filter(({ from }) => number.startsWith(from));
  const [longest] = fitting.sort((a, b) => b.from.length - a.from.length);
  return longest === undefined ? number : longest.to + number.slice(longest.from.length);
}

/** RFC 3261 section 19.1.1: `user=phone` says that the user part is a telephone number, which only a global one is by itself. */
const phoneParameter = (user: string): string => (user.startsWith('+') ? ';user=phone' : '');

/** `sip:HOST[:PORT]` of a gateway, with the transport that keeps what follows on it where that is not UDP. */
export function gatewayUri({ transport }: Trunk, { host, port }: TrunkAddress, user = ''): string {
  const usual = port === undefined || port === defaultPort(transport);
  const place = usual ? bracketed(host) : formatHostPort(host, port);
  const over = transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`;
  return `sip:${user === '' ? '' : `${user}@`}${place}${user === '' ? '' : phoneParameter(user)}${over}`;
}

function identityHeaders(trunk: Trunk, caller: string, host: string): [string, string][] {
  const identity = `<sip:${caller}@${host}${phoneParameter(caller)}>`;
  const headers: [string, string][] = [];
  if (trunk.identity === 'p-asserted-identity') headers.push(['P-Asserted-Identity', identity]);
  if (trunk.identity === 'p-preferred-identity') headers.push(['P-Preferred-Identity', identity]);
  if (trunk.identity === 'remote-party-id') {
    const privacy = trunk.privacy ? 'full' : 'off';
    headers.push(['Remote-Party-ID', `${identity};party=calling;screen=yes;privacy=${privacy}`]);
  }
  if (trunk.privacy) headers.push(['Privacy', 'id']);
  return headers;
}

/**
 * The INVITE for one leg: `sip:+E164@trunk;user=phone`, with the display number (`sip:+E164@our-address`) in From, both as
 * the trunk has them rewritten.
 */
export function inviteOrder(
  trunk: Trunk,
  request: DialRequest,
  { ourHost, address, destination, offer }: InviteSurroundings,
): InviteOrder {
  const requestUri = gatewayUri(trunk, address, rewritten(request.to, trunk.calleeRewriting));
  const caller = rewritten(request.display, trunk.callerRewriting);
  const host = bracketed(trunk.fromDomain ?? ourHost);
  // RFC 3323 section 4.1.1.3: a caller who asks for privacy does not name himself in From either.
  const from = trunk.privacy ? ANONYMOUS : `<sip:${trunk.fromUser ?? caller}@${host}>`;
  // The transport parameter is about the next hop, not about the callee.
  const to = `<${requestUri.replace(/;transport=\w+$/, '')}>`;
  const headers = identityHeaders(trunk, caller, host);
  const { credentials } = trunk;
  return { requestUri, from, to, destination, headers, offer, credentials };
}
