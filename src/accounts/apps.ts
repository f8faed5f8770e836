/** The rules of applications (spec 12): what one may be called, hold and change to. */
import type { Account, App, AppState, Capability, PushSignature } from './account.ts';
import type { RandomIntegers } from './random-source.ts';
import { RuleViolation } from './rule-violation.ts';

/** The account that owns every app until there are more of them. */
export const DEFAULT_SP_ID = 'openvoicecall';

/** As a recording prompt: do not play one (spec 12). No voice file is called this. */
export const NO_PROMPT = 'none';

/** Of an account that has no number of its own; ready-made sandbox apps are not counted. */
export const APPS_PER_ACCOUNT = 5;

/** How long the old secret of an application works beside a new one, ms. */
export const SECRET_GRACE = 86_400_000;

export const DEFAULT_PORTS = 10;

/** `idlePort` is documented as 0-65535. */
const MOST_PORTS = 65_535;

const LONGEST_NAME = 64;

/** 28 letters and digits, as the service's own keys and secrets (166 bits). */
const CREDENTIAL_LENGTH = 28;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export interface NewApp {
  readonly name: string;
  readonly capability: Capability;
  readonly recording?: boolean;
  readonly recordingPrompt?: string;
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly pushSignature?: PushSignature;
  readonly ports?: number;
  readonly allowedAddresses?: readonly string[];
  readonly sandbox?: boolean;
}

/** Absent members stay as they are; `null` removes an address or a prompt. The capability cannot be changed. */
export interface AppChange {
  readonly name?: string;
  readonly state?: AppState;
  readonly recording?: boolean;
  readonly recordingPrompt?: string | null;
  readonly statusUrl?: string | null;
  readonly feeUrl?: string | null;
  readonly pushSignature?: PushSignature;
  readonly ports?: number;
  readonly allowedAddresses?: readonly string[];
}

/** Whether the platform's operator does it, or people of the account. */
export type ChangedBy = 'operator' | 'people';

export interface CreationContext {
  readonly by?: ChangedBy;
  readonly now: number;
  /** Cryptographically strong. */
  readonly random: RandomIntegers;
  /** Of accounts that have no number of their own. */
  readonly appsPerAccount?: number;
}

/** An app key or secret. */
export function newCredential(random: RandomIntegers): string {
  return Array.from({ length: CREDENTIAL_LENGTH }, () =>
    ALPHABET.charAt(random.integer(ALPHABET.length)),
  ).join('');
}

/**
 * An application of `account`, which holds `existing` apps already.
 * @throws {RuleViolation}
 */
export function newApp(
  wanted: NewApp,
  account: Account,
  existing: readonly App[],
  { now, random, appsPerAccount = APPS_PER_ACCOUNT, by = 'operator' }: CreationContext,
): App {
  checkPorts(wanted.ports, DEFAULT_PORTS, by);
  const sandbox = wanted.sandbox ?? false;
  const counted = existing.filter((app) => app.spId === account.spId && !app.sandbox).length;
  const most = account.maxApps ?? appsPerAccount;
  if (!sandbox && counted >= most) {
    throw new RuleViolation('too-many-apps', `This account holds at most ${most} applications.`, {
      remedy:
        'Change one of the existing applications, none can be deleted; the operator allows more: openvoicecall account update ID --max-apps N.',
    });
  }
  const app: App = {
    appKey: newCredential(random),
    spId: account.spId,
    name: wanted.name,
    capability: wanted.capability,
    appSecret: newCredential(random),
    state: 'active',
    recording: wanted.recording ?? false,
    recordingPrompt: wanted.recordingPrompt,
    statusUrl: wanted.statusUrl,
    feeUrl: wanted.feeUrl,
    pushSignature: wanted.pushSignature ?? 'newline',
    ports: wanted.ports ?? DEFAULT_PORTS,
    allowedAddresses: [...(wanted.allowedAddresses ?? [])],
    sandbox,
    createdAt: now,
  };
  checkApp(app);
  return app;
}

/**
 * `app` with `change` applied; the app given is left as it was.
 * @throws {RuleViolation}
 */
export function changedApp(app: App, change: AppChange, by: ChangedBy = 'operator'): App {
  checkPorts(change.ports, Math.max(app.ports, DEFAULT_PORTS), by);
  const changed: App = {
    ...app,
    heldByOperator: holdAfter(app, change.state === undefined ? undefined : change.state === 'suspended', by),
    name: change.name ?? app.name,
    state: change.state ?? app.state,
    recording: change.recording ?? app.recording,
    recordingPrompt: replaced(app.recordingPrompt, change.recordingPrompt),
    statusUrl: replaced(app.statusUrl, change.statusUrl),
    feeUrl: replaced(app.feeUrl, change.feeUrl),
    pushSignature: change.pushSignature ?? app.pushSignature,
    ports: change.ports ?? app.ports,
    allowedAddresses: [...(change.allowedAddresses ?? app.allowedAddresses)],
  };
  checkApp(changed);
  return changed;
}

/** What an account may take is what the operator gives: more voice ports are his to give. */
function checkPorts(wanted: number | undefined, most: number, by: ChangedBy): void {
  if (by === 'operator' || wanted === undefined || wanted <= most) return;
  throw new RuleViolation('ports-of-operator', `People of an account set at most ${most} voice ports.`, {
    field: 'ports',
    remedy: "Ask the platform's operator for more.",
  });
}

/**
 * Whether the operator holds what he suspended, after somebody suspended or resumed it; `suspends` undefined: neither.
 * @throws {RuleViolation} held-by-operator
 */
export function holdAfter(
  { heldByOperator }: Pick<App, 'heldByOperator'>,
  suspends: boolean | undefined,
  by: ChangedBy,
): boolean | undefined {
  if (suspends === undefined) return heldByOperator;
  if (by === 'operator') return suspends || undefined;
  if (heldByOperator && !suspends) {
    throw new RuleViolation('held-by-operator', "The platform's operator suspended it.", {
      field: 'state',
      remedy: 'Ask the operator to resume it.',
    });
  }
  return heldByOperator;
}

/** `app` with a new secret; that of now works on for `grace` ms. One from before it is void at once. */
export function renewedApp(
  app: App,
  { now, random, grace }: CreationContext & { readonly grace: number },
): App {
  const previous = { secret: app.appSecret, validUntil: now + grace };
  return {
    ...app,
    appSecret: newCredential(random),
    previousSecret: grace > 0 ? previous : undefined,
  };
}

/** What a request of the app may be signed with, the latest first. */
export function validSecrets({ appSecret, previousSecret }: App, now: number): string[] {
  if (previousSecret === undefined || now >= previousSecret.validUntil) return [appSecret];
  return [appSecret, previousSecret.secret];
}

const replaced = (old: string | undefined, wanted: string | null | undefined): string | undefined =>
  wanted === undefined ? old : (wanted ?? undefined);

function checkApp(app: App): void {
  const { name, capability, recording, ports } = app;
  if (name.trim() !== name || name.length === 0 || name.length > LONGEST_NAME) {
    throw new RuleViolation(
      'name-invalid',
      `A name has 1-${LONGEST_NAME} characters and no blanks around it.`,
      {
        field: 'name',
      },
    );
  }
  if (recording && capability !== 'callback') {
    throw new RuleViolation('recording-needs-callback', 'Only callback applications can record.', {
      field: 'recording',
    });
  }
  if (app.recordingPrompt !== undefined && capability !== 'callback') {
    throw new RuleViolation('recording-needs-callback', 'Only callback applications can record.', {
      field: 'recordingPrompt',
    });
  }
  if (!Number.isInteger(ports) || ports < 0 || ports > MOST_PORTS) {
    throw new RuleViolation('ports-invalid', `Ports are a whole number from 0 to ${MOST_PORTS}.`, {
      field: 'ports',
    });
  }
  checkPushUrl('statusUrl', app.statusUrl);
  checkPushUrl('feeUrl', app.feeUrl);
}

function checkPushUrl(field: string, url: string | undefined): void {
  if (url !== undefined && !isPushUrl(url)) {
    throw new RuleViolation(
      'url-invalid',
      'A push address is an http or https URL without user name and blanks.',
      {
        field,
        remedy: 'Give it in plain text, for example https://example.com:9330/status.',
      },
    );
  }
}

/** Spec 02, "URLs": http or https, an address or a domain name, and only characters that a URL is written in. */
export function isPushUrl(text: string): boolean {
  if (!/^https?:\/\/[A-Za-z0-9\-._~:/?#[\]!$&'()*+,;=%@]+$/.test(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}
