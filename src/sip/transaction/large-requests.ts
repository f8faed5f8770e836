import type { Flow } from '../flow.ts';
import type { SipRequest } from '../message/message.ts';
import { serializeMessage } from '../message/serialize.ts';

/** Largest request that may be a datagram when the path MTU is unknown, in bytes (RFC 3261 18.1.1). */
export const largestDatagram = 1_300;

/** How long a peer that refused TCP gets its large requests as datagrams without being asked again, in ms. */
const refusalMemory = 10 * 60_000;
const rememberedPeers = 1_000;

/**
 * Requests too large for a datagram go over TCP; to a peer that has no TCP they go as datagrams all the same
 * (RFC 3261 18.1.1). A firewall that swallows connection attempts costs seconds, so refusals are remembered.
 */
export class LargeRequests {
  readonly #refusedUntil = new Map<string, number>();

  /** The flow to use, and the one to fall back to. `request` has its Via already, for UDP. */
  choose(request: SipRequest, to: Flow, now: number): { flow: Flow; alternative: Flow | undefined } {
    if (to.transport !== 'UDP' || serializeMessage(request).length <= largestDatagram) {
      return { flow: to, alternative: undefined };
    }
    if ((this.#refusedUntil.get(peerOf(to)) ?? 0) > now) return { flow: to, alternative: undefined };
    return { flow: { transport: 'TCP', host: to.host, port: to.port }, alternative: to };
  }

  /** A TCP flow could not be used; only peers that a large request was switched for are worth remembering. */
  refused(flow: Flow, now: number): void {
    const oldest = this.#refusedUntil.keys().next();
    if (this.#refusedUntil.size >= rememberedPeers && !oldest.done) this.#refusedUntil.delete(oldest.value);
    this.#refusedUntil.set(peerOf(flow), now + refusalMemory);
  }
}

function peerOf(flow: Flow): string {
  return `${flow.host} ${flow.port}`;
}
