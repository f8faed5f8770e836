/** A port whose RTP packets, both ways, have their headers noted. A stream that is not logged has the port itself, and no cost. */
import type { RemoteAddress } from '../../rtp/source-latch.ts';
import type { DatagramPort, Frame } from './datagram-port.ts';
import type { HeaderRing } from './header-ring.ts';

export class LoggedPort implements DatagramPort {
  readonly port: number;
  readonly #inner: DatagramPort;
  readonly #ring: HeaderRing;
  readonly #now: () => number;
  #onDatagram: DatagramPort['onDatagram'] = undefined;

  /** @param now milliseconds since 1970-01-01T00:00:00Z, with fractions */
  constructor(inner: DatagramPort, ring: HeaderRing, now: () => number) {
    this.#inner = inner;
    this.#ring = ring;
    this.#now = now;
    this.port = inner.port;
  }

  get unsent(): number {
    return this.#inner.unsent;
  }

  get onDatagram(): DatagramPort['onDatagram'] {
    return this.#onDatagram;
  }

  set onDatagram(listener: DatagramPort['onDatagram']) {
    this.#onDatagram = listener;
    this.#inner.onDatagram =
      listener &&
      ((bytes, host, port) => {
        this.#ring.note('in', bytes, 0, bytes.length, host, port, this.#now());
        listener(bytes, host, port);
      });
  }

  get onApproach(): DatagramPort['onApproach'] {
    return this.#inner.onApproach;
  }

  set onApproach(listener: DatagramPort['onApproach']) {
    this.#inner.onApproach = listener;
  }

  approach(): number {
    return this.#inner.approach();
  }

  frame(length: number): Frame {
    return this.#inner.frame(length);
  }

  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void {
    this.#ring.note('out', bytes, offset, length, host, port, this.#now());
    this.#inner.send(bytes, offset, length, port, host);
  }

  listenTo(remote: RemoteAddress | undefined): void {
    this.#inner.listenTo(remote);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
