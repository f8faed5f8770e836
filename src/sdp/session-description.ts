/**
 * A session description (RFC 8866) as far as one audio stream over RTP needs it. Lines and attributes that are
 * not understood are not kept (RFC 8866 5: they are ignored), so a description never repeats what a peer wrote
 * without our having read it.
 */
export interface SessionDescription {
  readonly origin: Origin;
  readonly sessionName: string;
  /** The session-level `c=`: stands for every stream without its own. */
  readonly connection?: Connection;
  /** The session-level direction: stands for every stream without its own. */
  readonly direction?: Direction;
  /** In the order of their `m=` lines, which an answer keeps (RFC 3264 6). */
  readonly media: readonly MediaDescription[];
}

/** `o=`: who made the description, and which version of it this is (RFC 8866 5.2). */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: AddressType;
  readonly host: string;
}

export type AddressType = 'IP4' | 'IP6';

/** `c=`, without the multicast suffix. */
export interface Connection {
  readonly addressType: AddressType;
  /** IPv4, IPv6 without brackets, or a domain name. */
  readonly host: string;
}

/** What the writer of the description does with the stream (RFC 8866 6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface MediaDescription {
  /** `audio`, `video`, `image`, ... */
  readonly kind: string;
  /** 0: the stream is rejected or has ended (RFC 3264 6, 8.2). */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, `udptl`, ... */
  readonly protocol: string;
  /** Payload types as text for RTP, in order of preference. */
  readonly formats: readonly string[];
  readonly connection?: Connection;
  /** `a=rtcp` (RFC 3605); without it RTCP uses the next port. */
  readonly rtcp?: { readonly port: number; readonly host?: string };
  /** Of audio only: payload type to what it carries. */
  readonly rtpMaps: ReadonlyMap<number, RtpMap>;
  /** Of audio only: payload type to the text of its `a=fmtp`. */
  readonly formatParameters: ReadonlyMap<number, string>;
  /** Milliseconds of audio in a packet that the writer wants to receive. */
  readonly ptime?: number;
  /** Milliseconds of audio in a packet that the writer can receive at most. */
  readonly maxptime?: number;
  readonly direction?: Direction;
}

/** `a=rtpmap` (RFC 8866 6.6). */
export interface RtpMap {
  /** As written: names compare without regard to case. */
  readonly encoding: string;
  readonly clockRate: number;
  /** What follows the second slash; for audio the count of sound tracks. */
  readonly encodingParameters?: string;
}
