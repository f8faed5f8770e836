import type { DialRequest } from '../call/ports.ts';
import type { Flow, Transport } from '../sip/flow.ts';
import type { Credentials, InviteOrder } from '../sip/user-agent/options.ts';

/** A configured carrier peer, or the sandbox's switchboard: where INVITEs go and how they name the caller. */
export interface Trunk {
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
  readonly credentials?: Credentials;
  /** Assert the display number to the carrier (RFC 3325 section 9.1). */
  readonly assertIdentity: boolean;
  /** Ask the carrier to keep the number from the callee: `Privacy: id` (RFC 3323, RFC 3325 section 9.3). */
  readonly privacy: boolean;
}

export interface InviteSurroundings {
  /** What the far end knows us by: the public address. */
  readonly ourHost: string;
  /** The trunk's addresses, best first. */
  readonly destinations: readonly [Flow, ...Flow[]];
  readonly offer: string;
}

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Where a trunk is, as the operator says: its host may be a name. */
export const trunkFlow = ({ transport, host, port }: Trunk): Flow => ({ transport, host, port });

/**
 * The INVITE for one leg: `sip:+E164@trunk;user=phone`, with the display number (`sip:+E164@our-address`) in From.
 */
export function inviteOrder(
  trunk: Trunk,
  request: DialRequest,
  { ourHost, destinations, offer }: InviteSurroundings,
): InviteOrder {
  const port = trunk.port === 5060 ? '' : `:${trunk.port}`;
  const target = `sip:${request.to}@${bracketed(trunk.host)}${port};user=phone`;
  const identity = `<sip:${request.display}@${bracketed(ourHost)};user=phone>`;
  const [destination, ...alternatives] = destinations;
  const headers: [string, string][] = [];
  if (trunk.assertIdentity) headers.push(['P-Asserted-Identity', identity]);
  if (trunk.privacy) headers.push(['Privacy', 'id']);
  // The transport parameter keeps a large INVITE and what follows it on the transport the operator chose.
  const requestUri = trunk.transport === 'TCP' ? `${target};transport=tcp` : target;
  // RFC 3323 section 4.1.1.3: a caller who asks for privacy does not name himself in From either.
  const from = trunk.privacy ? ANONYMOUS : `<sip:${request.display}@${bracketed(ourHost)}>`;
  const { credentials } = trunk;
  return { requestUri, from, to: `<${target}>`, destination, alternatives, headers, offer, credentials };
}
