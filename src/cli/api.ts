/** What the commands read of the operator's API (`/admin/v1/openapi.json`). */

export interface AppView {
  readonly appKey: string;
  readonly name: string;
  readonly capability: string;
  readonly state: string;
  readonly recording: boolean;
  readonly recordingPrompt?: string;
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly pushSignature: string;
  readonly ports: number;
  readonly allowedAddresses: readonly string[];
  readonly sandbox: boolean;
  readonly previousSecretValidUntil?: string;
  readonly createdAt: string;
}

export interface CreatedAppView extends AppView {
  readonly appSecret: string;
}

export interface NumberView {
  readonly number: string;
  readonly appKey: string;
  readonly kind: string;
  readonly state: string;
  readonly createdAt: string;
}

export interface TrunkView {
  readonly name: string;
  readonly source: string;
  readonly state: string;
  readonly addresses: readonly string[];
  readonly transport: string;
  readonly username?: string;
  readonly register: boolean;
  readonly prefixes: readonly string[];
  readonly priority: number;
  readonly weight: number;
  readonly calleeRewriting: readonly { readonly from: string; readonly to: string }[];
  readonly callerRewriting: readonly { readonly from: string; readonly to: string }[];
  readonly identity: string;
  readonly fromUser?: string;
  readonly fromDomain?: string;
  readonly privacy: boolean;
  readonly callsPerSecond: number;
  readonly maxCalls: number;
  readonly status?: {
    readonly state: string;
    readonly running: number;
    readonly registration?: string;
    readonly registrationStatus?: number;
    readonly gateways: readonly {
      readonly gateway: string;
      readonly state: string;
      readonly optionsStatus?: number;
      readonly roundTrip?: number;
    }[];
  };
}

export interface TrunkCheckView {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly note?: true;
    readonly detail: string;
    readonly remedy?: string;
  }[];
}

export interface ReviewView {
  /** Of the latest revision. */
  readonly state: string;
  readonly reason?: string;
  readonly revision: number;
  /** The revision that calls use. */
  readonly inService?: number;
}

export interface RevisionView {
  readonly number: number;
  readonly state: string;
  readonly inService: boolean;
  readonly reason?: string;
  readonly submittedAt: string;
  readonly submittedBy?: string;
  readonly reviewedAt?: string;
  readonly reviewedBy?: string;
}

export interface VoiceFileContentView {
  readonly description: string;
  readonly source: { readonly container: string; readonly description: string; readonly size: number };
  /** ms. */
  readonly duration: number;
}

export interface VoiceFileView extends ReviewView, VoiceFileContentView {
  readonly name: string;
  readonly createdAt: string;
  readonly uploadedAt: string;
}

export interface TemplateView extends ReviewView {
  readonly templateId: string;
  readonly name: string;
  readonly content: string;
  readonly speed: number;
  /** Of the content. */
  readonly warnings?: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EventView {
  readonly sessionId: string;
  readonly sequence: number;
  readonly type: string;
  readonly at: string;
  readonly party?: 'A' | 'B';
  readonly caller?: string;
  readonly called?: string;
  readonly stateCode?: number;
  readonly stateDesc?: string;
  readonly digits?: string;
}

/** How well audio came through. */
interface Quality {
  /** Share, 0-1. */
  readonly loss: number;
  /** Milliseconds. */
  readonly jitter: number;
  readonly mos: number;
}

export interface LegView {
  readonly party: 'A' | 'B';
  readonly display: string;
  readonly to: string;
  readonly startedAt?: string;
  readonly alertingAt?: string;
  readonly answeredAt?: string;
  readonly failedAt?: string;
  readonly endedAt?: string;
  readonly sipStatus?: number;
  readonly q850?: number;
  readonly attempts?: readonly {
    readonly trunk: string;
    readonly gateway?: string;
    readonly at: string;
    readonly result: string;
    readonly sipStatus?: number;
    readonly q850?: number;
  }[];
  readonly audio?: {
    readonly audio: string;
    readonly causes: readonly string[];
    readonly received?: Quality & { readonly packets: number };
    readonly sent?: Partial<Quality> & { readonly packets: number };
    /** Milliseconds. */
    readonly longestQuiet: number;
  };
  readonly answeredBy?: { readonly verdict: string; readonly confidence: number };
  readonly beepAt?: string;
  readonly recording?: string;
}

export interface CallView {
  readonly sessionId: string;
  readonly appKey: string;
  readonly state: string;
  readonly sandbox: boolean;
  readonly acceptedAt: string;
  readonly endedAt?: string;
  readonly order: {
    readonly callerNbr?: string;
    readonly calleeNbr: string;
    readonly pooled?: readonly {
      readonly party: string;
      readonly pool: string;
      readonly asked: string;
      readonly chosen: string;
    }[];
  };
  readonly userData?: string;
  readonly verdict?: {
    readonly releaseCause: number;
    readonly description: string;
    readonly teardownPoint: number;
    readonly releasedBy: string;
  };
  readonly legs: readonly LegView[];
}

/** Columns of one length: what each row says. */
export interface LegQualityView {
  readonly party: 'A' | 'B';
  readonly from: string;
  readonly secondsPerRow: number;
  readonly milliseconds: number;
  readonly heard: readonly string[];
  readonly received: readonly number[];
  readonly sent: readonly number[];
  readonly lost: readonly number[];
  readonly late: readonly number[];
  readonly jitter: readonly number[];
  readonly level: readonly (number | null)[];
  readonly mos: readonly (number | null)[];
}

export interface PushView {
  readonly kind: 'status' | 'fee';
  readonly url: string;
  readonly state: string;
  readonly nextAttemptAt?: string;
  readonly deliveries: readonly {
    readonly attempt: number;
    readonly at: string;
    readonly duration: number;
    readonly httpStatus?: number;
    readonly error?: string;
  }[];
}

export interface LedgerPushView extends PushView {
  readonly id: string;
  readonly sessionId: string;
  readonly appKey: string;
  readonly createdAt: string;
}

export interface ReceiverView {
  readonly appKey: string;
  readonly url: string;
  readonly breaker: string;
  readonly failures: number;
  readonly probeAt?: string;
  readonly onTheirWay: number;
}

export interface CallHistoryView extends CallView {
  readonly recording?: { readonly objectName: string; readonly milliseconds?: number; readonly url?: string };
  /** Absent of an older platform. */
  readonly prompts?: readonly {
    readonly at: string;
    readonly party: string;
    readonly kind: string;
    readonly name?: string;
  }[];
  readonly events: readonly EventView[];
  readonly pushes: readonly PushView[];
  readonly cdr?: Readonly<Record<string, string | number>>;
}

interface QueuePlaceView {
  readonly position: number;
  readonly expectedStart: string;
  readonly expiresAt: string;
}

export interface PlacedCallView {
  readonly resultcode: string;
  readonly resultdesc: string;
  readonly sessionId: string;
  readonly idlePort?: number;
  readonly queue?: QueuePlaceView;
}

export interface WaitingCallView extends QueuePlaceView {
  readonly sessionId: string;
  readonly appKey: string;
  readonly capability: string;
  readonly acceptedAt: string;
}

export interface RefusalView {
  readonly id: number;
  readonly at: string;
  readonly appKey: string;
  readonly callerNbr?: string;
  readonly calleeNbr: string;
  readonly code: string;
  readonly explanation: string;
}

export interface LimitView {
  readonly scope: string;
  readonly subject: string;
  readonly account?: string;
  readonly callsPerSecond?: number;
  readonly callsPerMinute?: number;
  readonly callsPerDay?: number;
  readonly concurrentCalls?: number;
  readonly voicePorts?: number;
  readonly requestsPerMinute?: number;
  readonly quietHours?: { readonly from: string; readonly to: string };
  readonly timeZone: string;
  readonly excess: string;
  readonly longestWait: number;
  readonly longestQueue: number;
  readonly since: string;
}

/** A limit in the list, with what is left out of what sets it. */
export interface ListedLimitView extends LimitView {
  readonly subjects: number;
  readonly nearest?: LimitUseView;
}

export interface LimitUseView {
  readonly subject: string;
  readonly lastSecond: number;
  readonly lastMinute: number;
  readonly today: number;
  readonly running: number;
  readonly voicePorts: number;
  readonly waiting: number;
  readonly requestsLastMinute: number;
}

export interface BlockedAddressView {
  readonly address: string;
  readonly until: string;
}

export interface BarredNumberView {
  readonly role: string;
  readonly number: string;
  readonly account?: string;
  readonly note?: string;
  readonly since: string;
}

export interface GuardView {
  readonly appKey: string;
  readonly account?: string;
  readonly calls: string;
  readonly coolDown?: number;
  readonly prefixDigits: number;
  readonly velocity?: { readonly calls: number; readonly within: number };
  readonly completion?: { readonly percent: number; readonly within: number };
  readonly countries?: readonly string[];
  readonly dailyBudget?: number;
  readonly spent: readonly { readonly appKey: string; readonly cost: number }[];
}

export interface PriceView {
  readonly prefix: string;
  readonly perMinute: number;
}

export interface RecordView {
  readonly sessionId: string;
  readonly account: string;
  readonly appKey: string;
  readonly number: string;
  readonly endedAt: string;
  readonly connected: boolean;
  readonly talkMilliseconds: number;
  readonly releaseCause: number;
  readonly description: string;
  readonly cdr: Readonly<Record<string, string | number>>;
}

interface PageView {
  readonly nextCursor: string;
  readonly more: boolean;
}

export interface RecordPageView extends PageView {
  readonly records: readonly RecordView[];
}

export interface EventPageView extends PageView {
  readonly events: readonly EventView[];
}

export interface BackupView {
  readonly name: string;
  readonly folder: string;
  readonly database: string;
  readonly files: number;
  readonly octets: number;
}

export interface StatisticsView {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly rows: readonly {
    readonly account: string;
    readonly day?: string;
    readonly appKey?: string;
    readonly number?: string;
    readonly calls: number;
    readonly connected: number;
    readonly connectionRate: number;
    readonly talkMilliseconds: number;
    readonly causes: readonly {
      readonly releaseCause: number;
      readonly description: string;
      readonly calls: number;
    }[];
  }[];
}
