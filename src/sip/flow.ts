/** Transports this stack speaks, as written into Via. */
export type Transport = 'UDP' | 'TCP' | 'TLS';

/**
 * Where a message came from or goes to. `connection` names a TCP or TLS connection while it lives, so that an answer can go
 * back over the connection of its request (RFC 3261 section 18.2.2).
 */
export interface Flow {
  readonly transport: Transport;
  /** IP address, or a host name still to be resolved; IPv6 without brackets. */
  readonly host: string;
  /** 1-65535. */
  readonly port: number;
  readonly connection?: number;
  /** The name that `host` was resolved from: what belongs to the same session and names the peer so goes to `host`, too. */
  readonly name?: string;
}

/** The port of a transport where nothing names another (RFC 3261 section 19.1.2). */
export const defaultPort = (transport: Transport): number => (transport === 'TLS' ? 5061 : 5060);
