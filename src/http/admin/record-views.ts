/** Ended calls and events as reconciliation shows them: flat, so that a row of a table holds one. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mayDo, type Actor } from '../../accounts/actor.ts';
import { withNumbersMasked } from '../../accounts/audit.ts';
import type { CallEvent } from '../../call/call-record.ts';
import { releaseCauseDescription } from '../../call/catalogue/release-causes.ts';
import type { FeeInfo } from '../../call/cdr.ts';
import type { EndedCall } from '../../call/reconciliation.ts';
import { settledCall } from '../../call/settled-call.ts';
import { type callHistorySchema, type callSchema, type EventView, eventView } from './views.ts';

type CallView = z.infer<typeof callSchema>;

const time = z.iso.datetime();

export const recordSchema = z.object({
  sessionId: z.string(),
  account: z.string(),
  appKey: z.string(),
  capability: z.enum(['callback', 'notification', 'verification']),
  sandbox: z.boolean(),
  number: z.string().describe('Display number: what the phone that was dialled first was shown.'),
  acceptedAt: time,
  endedAt: time,
  connected: z.boolean().describe('Everybody answered: both phones of a callback, the one of other calls.'),
  talkMilliseconds: z.int().describe('From that answer to the end.'),
  releaseCause: z.int(),
  description: z.string(),
  teardownPoint: z.int(),
  releasedBy: z.enum(['caller', 'callee', 'platform']),
  cdr: z.looseObject({}).describe('The element of feeLst.'),
});

export type RecordView = z.infer<typeof recordSchema>;

/** The members of `cdr`, in the order of spec 08: the columns of a table. */
export const cdrMembers = [
  'direction',
  'spId',
  'appKey',
  'icid',
  'bindNum',
  'sessionId',
  'callerNum',
  'calleeNum',
  'fwdDisplayNum',
  'fwdDstNum',
  'fwdStartTime',
  'fwdAlertingTime',
  'fwdAnswerTime',
  'callEndTime',
  'fwdUnaswRsn',
  'failTime',
  'ulFailReason',
  'sipStatusCode',
  'callOutStartTime',
  'callOutAlertingTime',
  'callOutAnswerTime',
  'callOutUnaswRsn',
  'dynIVRStartTime',
  'dynIVRPath',
  'recordFlag',
  'recordStartTime',
  'recordObjectName',
  'recordBucketName',
  'recordDomain',
  'ttsPlayTimes',
  'ttsTransDuration',
  'serviceType',
  'hostName',
  'userData',
] as const satisfies readonly (keyof FeeInfo)[];

/** Does not compile while a member is missing above. */
type Missing = Exclude<keyof FeeInfo, (typeof cdrMembers)[number]>;
null satisfies Missing | null;

/** Stands for keys that somebody pressed. */
const HIDDEN = '****';

/** Whoever may only look sees masked numbers, and no keys. */
export const seesNumbers = (actor: Actor): boolean => mayDo(actor, 'manage');

/** The texts in a document with their phone numbers masked. */
function masked<T>(value: T): T {
  if (typeof value === 'string') return withNumbersMasked(value) as T;
  if (Array.isArray(value)) return value.map((entry: unknown) => masked(entry)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member)])) as T;
}

/**
 * Whether the numbers of calls are shown: to roles that may manage; on a screen, behind which others may stand, only in the
 * sandbox, or of a call that is revealed.
 */
export const seesNumbersOfCalls = (
  { actor, atScreen }: Pick<FastifyRequest, 'actor' | 'atScreen'>,
  { commercial }: { readonly commercial: boolean },
): boolean => seesNumbers(actor) && !(atScreen && commercial);

/** A call as whoever does not see numbers sees it: without keys too, and without its audio. */
export function maskedCall<View extends CallView>(call: View): View {
  const hidden = masked(call);
  const history = hidden as View & Partial<z.infer<typeof callHistorySchema>>;
  return {
    ...hidden,
    ...(history.events && { events: history.events.map(withoutKeys) }),
    ...(history.cdr?.dynIVRPath !== undefined && { cdr: { ...history.cdr, dynIVRPath: HIDDEN } }),
    ...(history.recording && { recording: { ...history.recording, url: undefined } }),
    legs: hidden.legs.map((leg) => ({ ...leg, recording: undefined })),
  };
}

const withoutKeys = (event: EventView): EventView =>
  event.digits === undefined ? event : { ...event, digits: HIDDEN };

/** An event as it is shown to whoever sees numbers, or does not. */
export function shownEvent(event: CallEvent, sees: boolean): EventView {
  const view = eventView(event);
  return sees ? view : masked(withoutKeys(view));
}

/** A view as this actor may see it. */
export const numbersFor = <View>(actor: Actor, view: View): View =>
  seesNumbers(actor) ? view : masked(view);

export function recordView({ call, cdr }: EndedCall, actor: Actor): RecordView {
  const { connected, talk, number, endedAt } = settledCall(call);
  const { releaseCause, teardownPoint, releasedBy } = call.verdict;
  const view: RecordView = {
    sessionId: call.sessionId,
    account: call.owner.spId,
    appKey: call.owner.appKey,
    capability: call.order.capability,
    sandbox: call.sandbox,
    number,
    acceptedAt: new Date(call.acceptedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    connected,
    talkMilliseconds: talk,
    releaseCause,
    description: releaseCauseDescription(releaseCause),
    teardownPoint,
    releasedBy,
    cdr: { ...cdr.fee },
  };
  if (seesNumbers(actor)) return view;
  const keys = cdr.fee.dynIVRPath === undefined ? {} : { dynIVRPath: HIDDEN };
  return masked({ ...view, cdr: { ...view.cdr, ...keys } });
}

export const readEventView = (event: CallEvent, actor: Actor): EventView =>
  shownEvent(event, seesNumbers(actor));
