/** The rows as the database holds them; times are milliseconds since the epoch, truth values 0 or 1. */
import type { Generated, Selectable } from 'kysely';
import type { CallEvent, CallState, Verdict } from '../call/call-record.ts';
import type { PushState } from '../call/queries.ts';
import type {
  AccountState,
  AppState,
  Capability,
  NumberKind,
  NumberState,
  PushSignature,
} from '../accounts/account.ts';
import type { Role } from '../accounts/actor.ts';
import type { AuditOutcome } from '../accounts/audit.ts';
import type { SettingKind } from '../limits/ports.ts';
import type { RefusalReason } from '../limits/refusal.ts';
import type { ReviewState } from '../accounts/review.ts';

export interface AccountsTable {
  sp_id: string;
  created_at: number;
  name: Generated<string>;
  state: Generated<AccountState>;
  max_apps: number | null;
}

export interface UsersTable {
  /** Order of creation. */
  id: Generated<number>;
  user_id: string;
  sp_id: string;
  name: string;
  role: Role;
  state: 'active' | 'disabled';
  password_hash: string;
  totp_secret: string | null;
  totp_confirmed: number;
  /** The latest time step whose code was taken. */
  totp_last_step: number | null;
  created_at: number;
  last_sign_in_at: number | null;
}

export interface SignInsTable {
  token_hash: string;
  user_id: string;
  created_at: number;
  expires_at: number;
  last_used_at: number;
  address: string | null;
}

export interface AccessTokensTable {
  /** Order of creation. */
  id: Generated<number>;
  token_id: string;
  token_hash: string;
  user_id: string;
  name: string;
  prefix: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface SignInFailuresTable {
  /** Whose failures are counted: a digest of a name, or of an address. */
  subject: string;
  failures: number;
  since: number;
  locked_until: number;
}

export interface AuditEntriesTable {
  /** Order of storing. */
  id: Generated<number>;
  at: number;
  actor_id: string;
  actor_name: string;
  /** Null where only the platform's operator may see it. */
  sp_id: string | null;
  address: string;
  action: string;
  object_kind: string;
  object_id: string;
  /** JSON of the members that changed. */
  before_json: string | null;
  after_json: string | null;
  outcome: AuditOutcome;
}

export interface AppsTable {
  /** Order of creation. */
  id: Generated<number>;
  app_key: string;
  sp_id: string;
  name: string;
  capability: Capability;
  app_secret: string;
  previous_secret: string | null;
  previous_secret_until: number | null;
  state: AppState;
  /** 0 or 1. */
  held_by_operator: number;
  recording: number;
  recording_prompt: string | null;
  status_url: string | null;
  fee_url: string | null;
  push_signature: PushSignature;
  ports: number;
  /** JSON array of texts. */
  allowed_addresses: string;
  sandbox: number;
  created_at: number;
}

export interface EnterprisesTable {
  /** Order of creation. */
  id: Generated<number>;
  enterprise_id: string;
  sp_id: string;
  /** Sealed. */
  legal_person_id: string;
  record_json: string;
  created_at: number;
}

export interface NumberOrdersTable {
  /** Order of creation. */
  id: Generated<number>;
  order_id: string;
  sp_id: string;
  order_json: string;
  created_at: number;
}

export interface GrantedNumbersTable {
  number: string;
  order_id: string;
}

export interface NumbersTable {
  /** Order of creation. */
  id: Generated<number>;
  number: string;
  app_key: string;
  kind: NumberKind;
  state: NumberState;
  /** 0 or 1. */
  held_by_operator: number;
  created_at: number;
}

/**
 * The order and the legs are JSON documents: the domain reads and writes them whole, nothing searches inside them (the
 * numbers that are searched by stand beside them), and each capability has an order of its own.
 */
export interface CallsTable {
  session_id: string;
  icid: string;
  app_key: string;
  sp_id: string;
  order_json: string;
  status_url: string | null;
  fee_url: string | null;
  user_data: string | null;
  sandbox: number;
  accepted_at: number;
  state: CallState;
  last_sequence: number;
  legs_json: string;
  /** JSON. */
  played_json: string | null;
  /** JSON. */
  recording_json: string | null;
  release_cause: number;
  teardown_point: number;
  released_by: Verdict['releasedBy'];
  ended_at: number | null;
  wait_until: number | null;
  /** Of the order, to be searched by; null where it dials nobody before the callee. */
  caller_nbr: string | null;
  callee_nbr: string | null;
}

export interface EventsTable {
  /** Order of commits, over all calls. */
  id: Generated<number>;
  session_id: string;
  sequence: number;
  type: CallEvent['type'];
  at: number;
  party: 'A' | 'B' | null;
  caller: string | null;
  called: string | null;
  state_code: number | null;
  digits: string | null;
}

export interface LivenessTable {
  /** 1: there is one row. */
  id: number;
  seen_at: number;
}

export interface PushesTable {
  /** Order of commits, so the order of sending within a call. */
  id: Generated<number>;
  session_id: string;
  kind: 'status' | 'fee';
  app_key: string;
  url: string;
  /** `receiverOf(appKey, url)`: what shares a queue. */
  receiver: string;
  /** JSON: for `status` the text to be sent, for `fee` one element of `feeLst`. */
  body: string;
  state: PushState;
  attempts: number;
  /** Attempts made before the push was last replayed. */
  earlier_attempts: Generated<number>;
  /** When it was last replayed; null if never. */
  queued_at: Generated<number | null>;
  /** Who had it replayed last. */
  replayed_by: Generated<string | null>;
  /** 1: it was delivered when it was replayed, and stays so, also while it is pending once more. */
  taken: Generated<number>;
  /** 1: a number that stood in its body was erased. */
  erased: Generated<number>;
  /** Null while a push of the same call to the same receiver is before it, and once it is settled. */
  next_attempt_at: number | null;
  created_at: number;
}

export interface DeliveriesTable {
  push_id: number;
  attempt: number;
  at: number;
  duration: number;
  http_status: number | null;
  error: string | null;
  /** Who had the push sent again. */
  replayed_by: Generated<string | null>;
}

export interface CdrsTable {
  session_id: string;
  app_key: string;
  icid: string;
  ended_at: number;
  url: string | null;
  /** JSON of FeeInfo. */
  fee: string;
}

/** Ended calls, in the order of their commits. */
export interface SettledCallsTable {
  id: Generated<number>;
  session_id: string;
  sp_id: string;
  app_key: string;
  number: string;
  ended_at: number;
  connected: number;
  /** ms. */
  talk: number;
  release_cause: number;
}

/** Up to which position things of a kind were removed. */
export interface RemovalMarksTable {
  kind: 'records' | 'events';
  position: number;
}

export type ReviewedKind = 'voice-file' | 'template';

/** Voice files and templates: what has revisions. */
export interface ReviewedObjectsTable {
  /** Order of creation. */
  id: Generated<number>;
  kind: ReviewedKind;
  sp_id: string;
  /** The name of a file, or a template id. */
  object_id: string;
  /** JSON of what is not reviewed: of a template its name, speed and time of change. */
  attributes_json: string;
  created_at: number;
  /** Numbers of revisions. */
  latest: number;
  in_service: number | null;
}

/** They stay when their object is removed, so that no number is given twice. */
export interface RevisionsTable {
  kind: ReviewedKind;
  sp_id: string;
  object_id: string;
  number: number;
  state: ReviewState;
  reason: string | null;
  /** JSON: nothing searches inside it. */
  content_json: string;
  submitted_at: number;
  submitted_by: string | null;
  reviewed_at: number | null;
  reviewed_by: string | null;
}

/** What a call was accepted to play. */
export interface CallUsesTable {
  session_id: string;
  kind: ReviewedKind;
  object_id: string;
}

/** Only of calls that had media. */
export interface CallQualityTable {
  session_id: string;
  /** JSON of each leg; its rows in Base64. */
  legs_json: string;
}

export interface RequestKeysTable {
  app_key: string;
  request_key: string;
  digest: string;
  session_id: string;
  idle_port: number | null;
  placed_at: number;
}

export interface ApiUsersTable {
  sp_id: string;
  username: string;
  password_hash: string;
  created_at: number;
}

export interface AccessGrantsTable {
  access_hash: string;
  refresh_hash: string;
  app_key: string;
  sp_id: string;
  created_at: number;
  expires_at: number;
  refresh_until: number;
}

export interface TrunksTable {
  /** Order of creation. */
  id: Generated<number>;
  name: string;
  /** JSON. */
  settings_json: string;
  password: string | null;
  created_at: number;
}

export interface LimitSettingsTable {
  kind: SettingKind;
  owner: string;
  name: string;
  value_json: string;
}

export interface RefusalsTable {
  /** Order of storing. */
  id: Generated<number>;
  at: number;
  sp_id: string;
  app_key: string;
  capability: Capability;
  sandbox: number;
  display_nbr: string;
  caller_nbr: string | null;
  callee_nbr: string;
  code: string;
  reason: RefusalReason;
  explanation: string;
}

export interface Schema {
  accounts: AccountsTable;
  apps: AppsTable;
  numbers: NumbersTable;
  calls: CallsTable;
  events: EventsTable;
  pushes: PushesTable;
  deliveries: DeliveriesTable;
  cdrs: CdrsTable;
  reviewed_objects: ReviewedObjectsTable;
  revisions: RevisionsTable;
  call_uses: CallUsesTable;
  call_quality: CallQualityTable;
  liveness: LivenessTable;
  users: UsersTable;
  sign_ins: SignInsTable;
  access_tokens: AccessTokensTable;
  sign_in_failures: SignInFailuresTable;
  audit_entries: AuditEntriesTable;
  request_keys: RequestKeysTable;
  api_users: ApiUsersTable;
  access_grants: AccessGrantsTable;
  trunks: TrunksTable;
  settled_calls: SettledCallsTable;
  removal_marks: RemovalMarksTable;
  limit_settings: LimitSettingsTable;
  refusals: RefusalsTable;
  enterprises: EnterprisesTable;
  number_orders: NumberOrdersTable;
  granted_numbers: GrantedNumbersTable;
}

export type AuditEntryRow = Selectable<AuditEntriesTable>;
export type UserRow = Selectable<UsersTable>;
export type AccountRow = Selectable<AccountsTable>;
export type AppRow = Selectable<AppsTable>;
export type EnterpriseRow = Selectable<EnterprisesTable>;
export type NumberRow = Selectable<NumbersTable>;
export type RefusalRow = Selectable<RefusalsTable>;
export type CallRow = Selectable<CallsTable>;
export type EventRow = Selectable<EventsTable>;
export type PushRow = Selectable<PushesTable>;
export type DeliveryRow = Selectable<DeliveriesTable>;
export type CdrRow = Selectable<CdrsTable>;
export type TrunkRow = Selectable<TrunksTable>;
export type ReviewedObjectRow = Selectable<ReviewedObjectsTable>;
export type RevisionRow = Selectable<RevisionsTable>;
