/** The headers of the RTP packets of the latest calls, beside their SIP messages (sip-log.ts). In memory, and no octet of audio. */
import type { CapturedDatagram } from './pcap.ts';
import { clearHeaders, HEADER_RING_OCTETS, notedPackets } from './media/header-ring.ts';
import type { HeaderLog, HeaderLogEntry } from './media/media-pool.ts';
import type { LocalMedia } from './media/media-stream.ts';

interface Kept {
  readonly session: string;
  readonly buffer: SharedArrayBuffer;
  local: LocalMedia | undefined;
  isOver: boolean;
}

export class RtpLog implements HeaderLog {
  readonly #legs: number;
  /** Oldest first. */
  readonly #kept: Kept[] = [];

  /**
   * @param legs whose headers are kept, HEADER_RING_OCTETS each; of more, those that ended and began first are forgotten, and
   *   while none has ended the new ones are not kept. 0 keeps none.
   */
  constructor(legs: number) {
    this.#legs = legs;
  }

  begin(session: string): HeaderLogEntry | undefined {
    const buffer = this.#room();
    if (buffer === undefined) return undefined;
    const kept: Kept = { session, buffer, local: undefined, isOver: false };
    this.#kept.push(kept);
    return {
      buffer,
      opened: (local) => {
        kept.local = local;
      },
      ended: () => {
        kept.isOver = true;
      },
    };
  }

  /** New memory, or that of a leg that is over: nobody writes to it any more. */
  #room(): SharedArrayBuffer | undefined {
    if (this.#kept.length < this.#legs) return new SharedArrayBuffer(HEADER_RING_OCTETS);
    const oldest = this.#kept.findIndex(({ isOver }) => isOver);
    if (oldest < 0) return undefined;
    const [forgotten] = this.#kept.splice(oldest, 1);
    if (forgotten !== undefined) clearHeaders(forgotten.buffer);
    return forgotten?.buffer;
  }

  /** Of all legs of a call; empty where nothing is kept. */
  of(session: string): CapturedDatagram[] {
    return this.#kept
      .filter((kept) => kept.session === session)
      .flatMap(({ buffer, local }) => {
        if (local === undefined) return [];
        const ours = { host: local.host, port: local.port };
        return notedPackets(buffer).map(({ at, direction, remote, header: bytes, length }) => {
          const [from, to] = direction === 'out' ? [ours, remote] : [remote, ours];
          return { at, from, to, bytes, length };
        });
      });
  }
}
