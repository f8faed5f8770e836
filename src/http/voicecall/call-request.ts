/** What the three requests that place a call have in common (spec 02-04): numbers, push addresses, user data, idle ports. */
import type { App, DisplayNumber } from '../../accounts/account.ts';
import { isCallable, type UncallableRules } from '../../accounts/callable.ts';
import { isE164 } from '../../accounts/e164.ts';
import { chooseDisplayNumber } from '../../accounts/numbers.ts';
import type { Order } from '../../call/call-record.ts';
import type { CallRequest } from '../../call/call-service.ts';
import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Random } from '../../call/ports.ts';
import type { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';

/** Numbers are String(4-31), plus sign included. */
export const NUMBER_LENGTH = [4, 31] as const;

export interface RequestContext {
  readonly app: App;
  /** All numbers of the app. */
  readonly numbers: readonly DisplayNumber[];
  readonly random: Random;
  readonly sandbox: boolean;
  /** Absent: every number that exists may be called. */
  readonly uncallable?: UncallableRules;
  /** The numbers that share a pool with this one; absent: there are no pools. */
  readonly companions?: (number: string) => readonly string[];
  /** Another application has the service number that the request names. */
  readonly bindNbrTaken?: boolean;
}

/** A request that may be placed. */
export interface ParsedRequest {
  readonly request: CallRequest;
  readonly returnIdlePort: boolean;
}

/** Everything of a request but what is to be done in the call. */
export type RequestFrame = Omit<CallRequest, 'order'> & { readonly returnIdlePort: boolean };

/** @throws {Refused} 1010002 naming the parameter */
export function parseFrame(parameters: Parameters, context: RequestContext): RequestFrame {
  const { app, sandbox } = context;
  return {
    owner: { appKey: app.appKey, spId: app.spId },
    ports: app.ports,
    statusUrl: parameters.url('statusUrl') ?? app.statusUrl,
    feeUrl: parameters.url('feeUrl') ?? app.feeUrl,
    userData: parameters.userData(),
    returnIdlePort: parameters.flag('returnIdlePort'),
    sandbox,
    usableNumbers: context.companions && usableNumbers(context),
  };
}

export function framed({ returnIdlePort, ...frame }: RequestFrame, order: Order): ParsedRequest {
  return { request: { ...frame, order }, returnIdlePort };
}

/**
 * What a phone shows that is asked to show `wanted`.
 * @throws {Refused} 1010023, 1012001, 1020151
 */
export function shownNumber(wanted: string, bindNbr: string | undefined, context: RequestContext): string {
  if (isLeftToPool(wanted, context)) return wanted;
  const choice = chooseDisplayNumber(wanted, context.numbers, bindNbr, context.random);
  if (choice.kind === 'chosen') return choice.number;
  if (choice.kind === 'invalid') throw new Refused(resultCodes.invalidDisplayNumber);
  throw unusableBindNbr(context);
}

const unusableBindNbr = ({ bindNbrTaken }: RequestContext): Refused =>
  new Refused(bindNbrTaken ? resultCodes.serviceNumberNotBound : resultCodes.bindNumberInvalid);

/**
 * The same for a phone that shows `bindNbr`: a service number of the app that is in use.
 * @throws {Refused} 1012001, 1020151
 */
export function shownServiceNumber(bindNbr: string, context: RequestContext): string {
  const found = context.numbers.find(({ number, kind }) => number === bindNbr && kind === 'service');
  if (found?.state !== 'in-use') throw unusableBindNbr(context);
  return bindNbr;
}

const usableNumbers = ({ numbers }: RequestContext): string[] =>
  numbers.filter(({ kind, state }) => kind === 'display' && state === 'in-use').map(({ number }) => number);

/** A number of a pool stands for the pool, also while it is suspended, as long as another of them can be shown. */
function isLeftToPool(wanted: string, context: RequestContext): boolean {
  const companions = context.companions?.(wanted) ?? [];
  if (companions.length === 0 || !context.numbers.some(({ number }) => number === wanted)) return false;
  return usableNumbers(context).some((number) => companions.includes(number));
}

/** @throws {Refused} with `code` when `number` is not in global format, or one that is not called */
export function checkDialled(number: string, code: ResultCode, { uncallable }: RequestContext): void {
  const refused = uncallable !== undefined && !isCallable(number, uncallable);
  if (refused || !isE164(number)) throw new Refused(code);
}

/** `bindNbr` where it is a service number of the app; any other is as good as none. */
export function boundNumber(bindNbr: string | undefined, { numbers }: RequestContext): string | undefined {
  return numbers.some(({ number, kind }) => kind === 'service' && number === bindNbr) ? bindNbr : undefined;
}

/** The numbers of a call to one phone. */
export interface SinglePartyNumbers {
  readonly displayNbr: string;
  readonly calleeNbr: string;
  readonly bindNbr?: string;
}

/** @throws {Refused} 1010002 naming the parameter */
export function parseNumbers(parameters: Parameters): SinglePartyNumbers {
  return {
    displayNbr: parameters.text('displayNbr', ...NUMBER_LENGTH),
    calleeNbr: parameters.text('calleeNbr', ...NUMBER_LENGTH),
    bindNbr: parameters.optionalText('bindNbr', ...NUMBER_LENGTH),
  };
}

/**
 * Settles what the phone shows and whether it can be dialled at all.
 * @throws {Refused} 1010023, 1010025, 1012001, 1020151
 */
export function checkNumbers(asked: SinglePartyNumbers, context: RequestContext): SinglePartyNumbers {
  const displayNbr = shownNumber(asked.displayNbr, asked.bindNbr, context);
  checkDialled(asked.calleeNbr, resultCodes.invalidCalleeNumber, context);
  return { displayNbr, calleeNbr: asked.calleeNbr, bindNbr: boundNumber(asked.bindNbr, context) };
}
