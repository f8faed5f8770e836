/**
 * The one place where media meet the network. Everything else knows only `DatagramPort`; beneath it is either node:dgram
 * or the system's own calls (direct-driver.ts), chosen when a worker starts (choose-driver.ts).
 */
import type { RemoteAddress } from '../../rtp/source-latch.ts';

/** Octets: longer datagrams may be dropped, and longer ones are never audio. */
export const LONGEST_DATAGRAM = 2048;

/** Memory for a datagram. */
export interface Frame {
  readonly octets: Uint8Array;
  /** The same memory by four octets, as far as there are whole ones. */
  readonly words: Int32Array;
}

/** @param start octets from the start of `memory`, a multiple of four */
export function frameIn(memory: ArrayBuffer, start: number, length: number): Frame {
  return {
    octets: new Uint8Array(memory, start, length),
    words: new Int32Array(memory, start, length >> 2),
  };
}

/** A bound UDP port. */
export interface DatagramPort {
  readonly port: number;
  /** Datagrams that the system did not take at once, as far as it tells: late audio is of no use. */
  readonly unsent: number;
  /**
   * Called with bytes that are the receiver's until it returns: it may overwrite them, and then send them once, and must copy
   * what it keeps. Datagrams are dropped while it is undefined.
   */
  onDatagram: ((bytes: Uint8Array, host: string, port: number) => void) | undefined;
  /**
   * Called some moments before a datagram of a batch is handed over, as often as is convenient, and before those of other ports:
   * whoever reads now what it will need then lets the processor wait for the memory of all ports at once, and not for each.
   */
  onApproach: (() => void) | undefined;
  /** Reads what `send` will need, for the same purpose. @returns what it read, of no meaning */
  approach(): number;
  /** Memory from which sending is cheapest, of any content. To be filled and sent before the next frame is asked for. */
  frame(length: number): Frame;
  /**
   * Sends `length` octets from `offset`, at best effort and without a report.
   *
   * @param bytes the octets of a frame, the bytes of `onDatagram`, or any others, which must not be written again
   * @param host an IP address of the port's family: names are not looked up
   * @param port 1-65535
   */
  send(bytes: Uint8Array, offset: number, length: number, port: number, host: string): void;
  /**
   * What others send may be dropped from now on, without being seen or counted: a hint by which a flood from strangers
   * costs nothing. It can be sent to others nevertheless.
   *
   * @param remote undefined: everybody is listened to
   */
  listenTo(remote: RemoteAddress | undefined): void;
  /** Resolves when the port is free again. Nothing is sent after it. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * @param host the address to bind, of the family that is sent to
 * @throws the system's error, with its `code` (`EADDRINUSE`, `EADDRNOTAVAIL`, ...)
 */
export type BindDatagramPort = (host: string, port: number) => Promise<DatagramPort>;

export type DriverName = 'direct' | 'dgram';

/** How a media worker reaches the network. */
export interface DatagramDriver {
  readonly name: DriverName;
  readonly bind: BindDatagramPort;
  /**
   * Hands over datagrams that have come, a bounded number of them. Undefined where they are handed over by themselves.
   *
   * @returns whether there may be more
   */
  readonly receive: (() => boolean) | undefined;
  /** Runs `work`, whose datagrams may leave together at its end at the latest. */
  readonly together: (work: () => void) => void;
  /** When all its ports are closed. */
  close(): void;
}
