import { defaultPort, type Flow, type Transport } from './flow.ts';
import { SipRequest, type SipMessage, type SipResponse } from './message/message.ts';
import type { NameAddr } from './message/name-addr.ts';
import { parseUri, type SipUri, type Uri } from './message/uri.ts';

/** The identity of a dialog as this side sees it: Call-ID, local tag, remote tag (RFC 3261 12). */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${callId};${localTag};${remoteTag}`;
}

interface DialogStart {
  readonly callId: string;
  /** From of our requests, tag included. */
  readonly local: NameAddr;
  /** To of our requests, tag included where the peer sent one. */
  readonly remote: NameAddr;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
  readonly routeSet: readonly NameAddr[];
  readonly remoteTarget: string;
  /** Where the message came from or went to that made this dialog: for targets that name no other place. */
  readonly flow: Flow;
}

/** A dialog of RFC 3261 section 12: who, in which order, and where to. It knows nothing of sessions. */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** Empty when the peer sent none (RFC 2543 peers; 12.1.1 and 12.1.2 ask to tolerate them). */
  readonly remoteTag: string;
  readonly id: string;
  readonly #local: string;
  readonly #remote: string;
  readonly #flow: Flow;
  #localSequence: number;
  #remoteSequence: number | undefined;
  #routeSet: readonly NameAddr[];
  #remoteTarget: string;
  #state: 'early' | 'confirmed' = 'early';

  private constructor(start: DialogStart) {
    this.callId = start.callId;
    this.localTag = start.local.tag ?? '';
    this.remoteTag = start.remote.tag ?? '';
    this.id = dialogId(this.callId, this.localTag, this.remoteTag);
    this.#local = start.local.toString();
    this.#remote = start.remote.toString();
    this.#flow = start.flow;
    this.#localSequence = start.localSequence;
    this.#remoteSequence = start.remoteSequence;
    this.#routeSet = start.routeSet;
    this.#remoteTarget = start.remoteTarget;
  }

  /** The dialog a response to our request makes (12.1.2). `flow`: where the request was sent. */
  static ofClient(request: SipRequest, response: SipResponse, flow: Flow): Dialog {
    return new Dialog({
      callId: request.callId,
      local: request.from,
      remote: response.to,
      localSequence: request.cseq.sequence,
      remoteSequence: undefined,
      routeSet: response.recordRoutes.toReversed(),
      // A Contact is mandatory in what makes a dialog; without one the place we called is the best guess.
      remoteTarget: targetOf(response) ?? request.uri,
      flow,
    });
  }

  /** The dialog a request of the peer makes once we answer it with `localTag` (12.1.1). */
  static ofServer(request: SipRequest, localTag: string, flow: Flow): Dialog {
    return new Dialog({
      callId: request.callId,
      local: request.to.withTag(localTag),
      remote: request.from,
      localSequence: 0,
      remoteSequence: request.cseq.sequence,
      routeSet: request.recordRoutes,
      remoteTarget: targetOf(request) ?? asRequestUri(request.from.uri),
      flow,
    });
  }

  get state(): 'early' | 'confirmed' {
    return this.#state;
  }

  get localSequence(): number {
    return this.#localSequence;
  }

  get remoteTarget(): string {
    return this.#remoteTarget;
  }

  /** From of our requests, with our tag. */
  get localParty(): string {
    return this.#local;
  }

  /** To of our requests. */
  get remoteParty(): string {
    return this.#remote;
  }

  /** As the server: our 2xx is on its way. */
  confirm(): void {
    this.#state = 'confirmed';
  }

  /** As the client: the 2xx is here, and its Record-Route and Contact replace what we had (13.2.2.4). */
  confirmBy(response: SipResponse): void {
    this.#state = 'confirmed';
    this.#routeSet = response.recordRoutes.toReversed();
    this.refreshTarget(response);
  }

  /** A target refresh request, or a 2xx to ours, may bring a new Contact (12.2.1.2, 12.2.2). */
  refreshTarget(message: SipMessage): void {
    this.#remoteTarget = targetOf(message) ?? this.#remoteTarget;
  }

  /**
   * Takes note of a request's CSeq; false when it is lower than one already seen: the request is out of order and
   * is answered with 500 (12.2.2). Gaps are no error.
   */
  acceptSequence(request: SipRequest): boolean {
    const { sequence } = request.cseq;
    if (this.#remoteSequence !== undefined && sequence < this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }

  /** The next request of ours within this dialog (12.2.1.1), without Contact and body. */
  request(method: string): SipRequest {
    this.#localSequence += 1;
    return this.#compose(method, this.#localSequence);
  }

  /** The ACK to a 2xx: it bears the number of the INVITE it acknowledges (13.2.2.4). */
  ack(inviteSequence: number): SipRequest {
    return this.#compose('ACK', inviteSequence);
  }

  /** Where requests of this dialog are sent: the first route, else the remote target (8.1.2, 12.2.1.1). */
  get nextHop(): Flow {
    const first = this.#routeSet[0];
    return flowTo(first === undefined ? parseUri(this.#remoteTarget) : first.uri, this.#flow);
  }

  #compose(method: string, sequence: number): SipRequest {
    const { requestUri, routes } = this.#route();
    const request = new SipRequest(method, requestUri);
    const { headers } = request;
    for (const route of routes) headers.append('Route', route);
    headers.append('Max-Forwards', '70');
    headers.append('From', this.#local);
    headers.append('To', this.#remote);
    headers.append('Call-ID', this.callId);
    headers.append('CSeq', `${sequence} ${method}`);
    return request;
  }

  #route(): { requestUri: string; routes: string[] } {
    const [first, ...others] = this.#routeSet;
    if (first === undefined) return { requestUri: this.#remoteTarget, routes: [] };
    if (isLooseRouter(first.uri)) {
      return { requestUri: this.#remoteTarget, routes: this.#routeSet.map(String) };
    }
    // 12.2.1.1: a strict router (RFC 2543) expects its own URI as Request-URI and the target as last Route.
    return {
      requestUri: asRequestUri(first.uri),
      routes: [...others.map(String), `<${this.#remoteTarget}>`],
    };
  }
}

function isLooseRouter(uri: Uri): boolean {
  return uri.kind === 'sip' && uri.parameters.has('lr');
}

/** Where the sender of a message wants requests sent to; it becomes a Request-URI. */
function targetOf({ contact }: SipMessage): string | undefined {
  return contact === undefined ? undefined : asRequestUri(contact.uri);
}

/** 19.1.5: a Request-URI has no header part and no method parameter. */
function asRequestUri(uri: Uri): string {
  if (uri.kind !== 'sip' || (uri.headers.size === 0 && !uri.parameters.has('method'))) return uri.toString();
  const parameters = new Map(uri.parameters);
  parameters.delete('method');
  return uri.with({ parameters, headers: new Map() }).toString();
}

/**
 * Where a request for a URI is sent, as far as that needs no DNS (RFC 3263 4): names stay names for the transport
 * to resolve.
 *
 * @param fallback the flow in use: for a URI that is no SIP URI, and for one that names the same host and port
 *   without a transport, as many peers do on TCP. The name it was resolved from is not resolved again: it may lead to
 *   another machine, which knows nothing of this session
 */
export function flowTo(uri: Uri, fallback: Flow): Flow {
  if (uri.kind !== 'sip') return fallback;
  const isNamed = isSameHost(uri.host, fallback.name);
  const peer = isNamed ? { host: fallback.host, name: fallback.name } : { host: uri.host };
  const transport = transportOf(uri);
  const port = uri.port ?? defaultPort(transport ?? fallback.transport);
  if (transport !== undefined) return { transport, ...peer, port };
  const isFallback = isSameHost(peer.host, fallback.host) && port === fallback.port;
  return isFallback ? fallback : { transport: 'UDP', ...peer, port };
}

/** What a URI says of the transport; undefined when it says nothing. RFC 3261 26.2.2: sips means TLS on every hop. */
function transportOf({ scheme, parameters }: SipUri): Transport | undefined {
  if (scheme === 'sips') return 'TLS';
  const named = parameters.get('transport');
  if (typeof named !== 'string') return undefined;
  const [known = 'UDP'] = (['TCP', 'TLS'] as const).filter((one) => one === named.toUpperCase());
  return known;
}

function isSameHost(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
