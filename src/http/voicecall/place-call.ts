import type { App, Capability, DisplayNumber } from '../../accounts/account.ts';
import type { UncallableRules } from '../../accounts/callable.ts';
import { isE164 } from '../../accounts/e164.ts';
import type { AccountStore, TemplateStore } from '../../accounts/ports.ts';
import type { QueuePlace } from '../../call/admission.ts';
import type { CallService } from '../../call/call-service.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Clock, Random } from '../../call/ports.ts';
import type { KeyedRequest } from '../../call/request-key.ts';
import type { Limits } from '../../limits/limits.ts';
import { type NotifyContext, type NotifyVersion, parseCallNotify } from './call-notify.ts';
import type { ParsedRequest } from './call-request.ts';
import { parseCallVerify } from './call-verify.ts';
import { parseClick2Call } from './click2call.ts';
import { Refused } from './refused.ts';
import type { RequestsOnce } from './request-keys.ts';

export interface CallPlacing {
  readonly calls: Pick<CallService, 'place' | 'stop' | 'queuePlace'>;
  readonly accounts: Pick<AccountStore, 'numbers' | 'number' | 'account'>;
  readonly templates: Pick<TemplateStore, 'find'>;
  readonly random: Random;
  readonly pools: Pick<Limits, 'companions'>;
  /** Keeps why a request was refused. */
  readonly refusals: Pick<Limits, 'noteRefusal'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly once: RequestsOnce;
  /** The `bindNbr` of a request counts. */
  readonly bindNbr: boolean;
  readonly uncallable: UncallableRules;
  /** Calls leave on a trunk: apps of the sandbox must not, and there are no sandbox phones. */
  readonly commercial: boolean;
}

/** One way to ask for a call: which apps may, and how the body is read. `parse` throws or rejects with Refused. */
export interface CallApi {
  readonly capability: Capability;
  readonly parse: (body: unknown, context: NotifyContext) => ParsedRequest | Promise<ParsedRequest>;
}

export const click2Call: CallApi = { capability: 'callback', parse: parseClick2Call };

export const callNotify = (version: NotifyVersion): CallApi => ({
  capability: 'notification',
  parse: (body, context) => parseCallNotify(version, body, context),
});

export const callVerify: CallApi = { capability: 'verification', parse: parseCallVerify };

/** The present API of each capability. */
export const apiOf: Readonly<Record<Capability, CallApi>> = {
  callback: click2Call,
  notification: callNotify('v2.0'),
  verification: callVerify,
};

export interface PlacingRequest {
  readonly app: App;
  readonly body: unknown;
  readonly sandbox: boolean;
  /** Where the request has a key of the customer's. */
  readonly keyed?: KeyedRequest;
}

export interface PlacedCall {
  readonly sessionId: string;
  /** Where the request asked for it. */
  readonly idlePort?: number;
  /** Where it stands, where it has to wait for its turn. */
  readonly queue?: QueuePlace;
  /** Begins the call, to be called once the answer is on its way; absent where an earlier request placed it. */
  readonly start?: () => void;
}

/**
 * Everything between authentication and the answer.
 * @throws {Refused}
 */
export async function placeCall(
  placing: CallPlacing,
  api: CallApi,
  request: PlacingRequest,
): Promise<PlacedCall> {
  const { app, keyed } = request;
  if (keyed === undefined) return placeNewCall(placing, api, request);
  const placed = await placing.once.run(app.appKey, keyed, () => placeNewCall(placing, api, request));
  return { queue: placing.calls.queuePlace(placed.sessionId), ...placed };
}

async function placeNewCall(
  placing: CallPlacing,
  api: CallApi,
  { app, body, sandbox, keyed }: PlacingRequest,
): Promise<PlacedCall> {
  const { calls, accounts, templates, random, commercial, bindNbr, uncallable, pools } = placing;
  if (app.capability !== api.capability) throw new Refused(resultCodes.capabilityMismatch);
  if (app.sandbox && commercial) throw new Refused(resultCodes.commercialAddressNotAllowed);
  const numbers = await accounts.numbers(app.appKey);
  const asked = bindNbr ? body : withoutBindNbr(body);
  const context: NotifyContext = {
    uncallable,
    companions: (number) => pools.companions(app.appKey, number),
    bindNbrTaken: await isBindNbrTaken(asked, numbers, accounts),
    app,
    numbers,
    templates,
    random,
    sandbox,
  };
  const { request, returnIdlePort } = await parsed(placing, api, asked, context);
  const placement = await calls.place({
    ...request,
    keyed: keyed && { ...keyed, tellsIdlePort: returnIdlePort },
  });
  if (placement.kind === 'refused') throw new Refused(placement.code);
  const { sessionId, idlePort, queue, start } = placement;
  return { sessionId, idlePort: returnIdlePort ? idlePort : undefined, queue, start };
}

/** Reads a request; where it is refused with an explanation, that is kept. */
async function parsed(
  { refusals, clock }: CallPlacing,
  { capability, parse }: CallApi,
  asked: unknown,
  context: NotifyContext,
): Promise<ParsedRequest> {
  try {
    return await parse(asked, context);
  } catch (error) {
    if (error instanceof Refused && error.kept !== undefined) {
      const { app, sandbox } = context;
      const { spId, appKey } = app;
      const code = error.code.code;
      refusals.noteRefusal({ at: clock.now(), spId, appKey, capability, sandbox, code, ...error.kept });
    }
    throw error;
  }
}

/** Whether the service number that a request names is an application's, and not this one's. */
async function isBindNbrTaken(
  body: unknown,
  own: readonly DisplayNumber[],
  accounts: Pick<AccountStore, 'number'>,
): Promise<boolean> {
  const { bindNbr } = (body ?? {}) as { bindNbr?: unknown };
  if (typeof bindNbr !== 'string' || own.some(({ number }) => number === bindNbr)) return false;
  return isE164(bindNbr) && (await accounts.number(bindNbr))?.kind === 'service';
}

function withoutBindNbr(body: unknown): unknown {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? { ...body, bindNbr: undefined }
    : body;
}
