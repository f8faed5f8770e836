/** The domain of management: who may call, and from which number (spec 12). */

export type Capability = 'callback' | 'notification' | 'verification';

/**
 * `frozen`, in arrears: it makes no calls until it is active again (spec 12: 1010007, and 7108 of a call that was accepted
 * before). `closed`: for good, its people cannot sign in either.
 */
export type AccountState = 'active' | 'frozen' | 'closed';

export interface Account {
  /** The customer's account on the wire (`spId` in a CDR). */
  readonly spId: string;
  name: string;
  state: AccountState;
  /** Applications it may hold; absent: as many as the platform gives each account. */
  maxApps?: number;
  readonly createdAt: number;
}

export type AppState = 'active' | 'suspended';

/** How the digest of this app's pushes is formed (spec 01 section 3). */
export type PushSignature = 'newline' | 'concatenated' | 'none';

export interface PreviousSecret {
  readonly secret: string;
  /** ms since the epoch: void from then on. */
  readonly validUntil: number;
}

export interface App {
  readonly appKey: string;
  readonly spId: string;
  name: string;
  readonly capability: Capability;
  appSecret: string;
  /** What the secret was before its renewal: valid beside it for a while. */
  previousSecret?: PreviousSecret;
  state: AppState;
  /** Suspended by the platform's operator, who alone resumes it. */
  heldByOperator?: boolean;
  recording: boolean;
  /**
   * What both parties hear before they are recorded, unless the request names it: a voice file, or NO_PROMPT; absent: the
   * platform's own words (spec 12).
   */
  recordingPrompt?: string;
  statusUrl?: string;
  feeUrl?: string;
  pushSignature: PushSignature;
  /** Voice ports, 0-65535: calls at once; the service's default is 10. */
  ports: number;
  /** Addresses and CIDR blocks its requests may come from (spec 01 section 2); empty: from anywhere. */
  allowedAddresses: string[];
  /** A ready-made app of the sandbox; not counted towards the account's five. */
  readonly sandbox: boolean;
  readonly createdAt: number;
}

/** In use (使用中) or suspended (暂停). */
export type NumberState = 'in-use' | 'suspended';

export type NumberKind = 'display' | 'service';

export interface DisplayNumber {
  /** E.164 with plus sign. */
  readonly number: string;
  readonly appKey: string;
  /** `display` is what phones show; `service` is the old `bindNbr`, shown only when no display number is usable. */
  readonly kind: NumberKind;
  state: NumberState;
  /** Suspended by the platform's operator, who alone resumes it. */
  heldByOperator?: boolean;
  readonly createdAt: number;
}
