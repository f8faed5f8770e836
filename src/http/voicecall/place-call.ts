import type { App } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/ports.ts';
import type { CallService, Placement } from '../../call/call-service.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Random } from '../../call/ports.ts';
import { parseClick2Call } from './click2call.ts';
import { Refused } from './refused.ts';

export interface CallPlacing {
  readonly calls: Pick<CallService, 'place' | 'stop'>;
  readonly accounts: Pick<AccountStore, 'numbers'>;
  readonly random: Random;
  /** Calls leave on a trunk: apps of the sandbox must not, and there are no sandbox phones. */
  readonly commercial: boolean;
}

export interface PlacedCall {
  readonly placement: Placement & { kind: 'accepted' };
  readonly returnIdlePort: boolean;
}

/**
 * Everything between authentication and the answer of click2Call.
 * @throws {Refused}
 */
export async function placeCallback(
  { calls, accounts, random, commercial }: CallPlacing,
  app: App,
  body: unknown,
  sandbox: boolean,
): Promise<PlacedCall> {
  if (app.capability !== 'callback') throw new Refused(resultCodes.capabilityMismatch);
  if (app.sandbox && commercial) throw new Refused(resultCodes.commercialAddressNotAllowed);
  const numbers = await accounts.numbers(app.appKey);
  const { request, returnIdlePort } = parseClick2Call(body, { app, numbers, random, sandbox });
  const placement = await calls.place(request);
  if (placement.kind === 'refused') throw new Refused(placement.code);
  return { placement, returnIdlePort };
}
