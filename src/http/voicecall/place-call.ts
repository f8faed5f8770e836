import type { App, Capability } from '../../accounts/account.ts';
import type { AccountStore, TemplateStore } from '../../accounts/ports.ts';
import type { CallService, Placement } from '../../call/call-service.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Random } from '../../call/ports.ts';
import { type NotifyContext, type NotifyVersion, parseCallNotify } from './call-notify.ts';
import type { ParsedRequest } from './call-request.ts';
import { parseCallVerify } from './call-verify.ts';
import { parseClick2Call } from './click2call.ts';
import { Refused } from './refused.ts';

export interface CallPlacing {
  readonly calls: Pick<CallService, 'place' | 'stop'>;
  readonly accounts: Pick<AccountStore, 'numbers'>;
  readonly templates: Pick<TemplateStore, 'template'>;
  readonly random: Random;
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

export interface PlacedCall {
  readonly placement: Placement & { kind: 'accepted' };
  readonly returnIdlePort: boolean;
}

/**
 * Everything between authentication and the answer.
 * @throws {Refused}
 */
export async function placeCall(
  { calls, accounts, templates, random, commercial }: CallPlacing,
  api: CallApi,
  { app, body, sandbox }: { readonly app: App; readonly body: unknown; readonly sandbox: boolean },
): Promise<PlacedCall> {
  if (app.capability !== api.capability) throw new Refused(resultCodes.capabilityMismatch);
  if (app.sandbox && commercial) throw new Refused(resultCodes.commercialAddressNotAllowed);
  const numbers = await accounts.numbers(app.appKey);
  const { request, returnIdlePort } = await api.parse(body, { app, numbers, templates, random, sandbox });
  const placement = await calls.place(request);
  if (placement.kind === 'refused') throw new Refused(placement.code);
  return { placement, returnIdlePort };
}
