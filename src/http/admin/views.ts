/** What the operator's API shows, and how it is made of the domain's records. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import type { App, DisplayNumber } from '../../accounts/account.ts';
import type { CallEvent, CallRecord, LegRecord, Order, RecordingRecord } from '../../call/call-record.ts';
import { releaseCauseDescription } from '../../call/catalogue/release-causes.ts';
import type { CallHistory, PushRecord } from '../../call/queries.ts';

const time = z.iso.datetime();
const timeOf = (at: number): string => new Date(at).toISOString();
const optionalTimeOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : timeOf(at);

/** Of the operator's requests; users have their own account. */
export const accountQuery = z.object({
  account: z
    .string()
    .optional()
    .describe("The operator's: of this account; absent: of all, or of openvoicecall."),
});

const held = z.boolean().optional().describe("Suspended by the platform's operator, who alone resumes it.");

export const appSchema = z.object({
  appKey: z.string(),
  name: z.string(),
  capability: z.enum(['callback', 'notification', 'verification']),
  state: z.enum(['active', 'suspended']),
  heldByOperator: held,
  recording: z.boolean(),
  recordingPrompt: z
    .string()
    .optional()
    .describe('A voice file, or `none`; absent: the platform’s own words.'),
  statusUrl: z.string().optional(),
  feeUrl: z.string().optional(),
  pushSignature: z.enum(['newline', 'concatenated', 'none']),
  ports: z.int().describe('Voice ports: calls at once.'),
  allowedAddresses: z.array(z.string()).describe('Where requests may come from; empty: from anywhere.'),
  sandbox: z.boolean(),
  spId: z.string(),
  previousSecretValidUntil: time
    .optional()
    .describe('After a renewal: how long the secret from before it works.'),
  createdAt: time,
});

export const createdAppSchema = appSchema.extend({
  appSecret: z.string().describe('Shown only now.'),
});

export function appView(app: App): z.infer<typeof appSchema> {
  const { appSecret: _secret, previousSecret, createdAt, ...shown } = app;
  const previousSecretValidUntil = optionalTimeOf(previousSecret?.validUntil);
  return { ...shown, previousSecretValidUntil, createdAt: timeOf(createdAt) };
}

export const numberSchema = z.object({
  number: z.string(),
  appKey: z.string(),
  kind: z.enum(['display', 'service']),
  state: z.enum(['in-use', 'suspended']),
  heldByOperator: held,
  createdAt: time,
});

export function numberView(entry: DisplayNumber): z.infer<typeof numberSchema> {
  return { ...entry, createdAt: timeOf(entry.createdAt) };
}

const partySchema = z.enum(['A', 'B']);

export const eventSchema = z.object({
  sessionId: z.string(),
  sequence: z.int().describe('1, 2, 3 ... within the call.'),
  type: z.string(),
  at: time,
  party: partySchema.optional(),
  caller: z.string().optional(),
  called: z.string().optional(),
  stateCode: z.int().optional().describe('Release cause, on `disconnect`.'),
  stateDesc: z.string().optional(),
  digits: z.string().optional(),
});

export type EventView = z.infer<typeof eventSchema>;

export function eventView(event: CallEvent): EventView {
  const { stateCode } = event;
  const stateDesc = stateCode === undefined ? undefined : releaseCauseDescription(stateCode);
  return { ...event, at: timeOf(event.at), stateDesc };
}

const directionAudioSchema = z.object({
  packets: z.int(),
  loss: z.number().describe('Share lost or too late, 0-1.'),
  jitter: z.number().describe('ms'),
  mos: z.number().describe('Mean opinion score, 1-4.5, estimated.'),
});

const audioSchema = z
  .object({
    audio: z.enum(['both-ways', 'from-far-end', 'to-far-end', 'none']),
    causes: z.array(z.string()).readonly().describe('Why not both ways, the most telling first.'),
    received: directionAudioSchema.optional().describe('What the far end sent.'),
    sent: directionAudioSchema
      .partial({ loss: true, jitter: true, mos: true })
      .optional()
      .describe('What we sent; loss, jitter and mos where the far end reported them by RTCP.'),
    level: z.number().optional().describe('dBFS of the far end.'),
    longestQuiet: z.number().describe('ms in which nothing could be heard of it.'),
    longestGap: z.number().describe('ms in which no packet came.'),
  })
  .describe('The verdict on two-way audio, once the leg is over.');

const answeredBySchema = z
  .object({
    verdict: z.enum(['person', 'machine', 'unknown']),
    confidence: z.number().describe('0-1.'),
    after: z.number().describe('ms of audio that the verdict took.'),
  })
  .describe('Who took the call, where it was listened for (--answering-machine).');

const attemptSchema = z.object({
  trunk: z.string(),
  gateway: z.string().optional().describe('Absent where no INVITE was sent.'),
  at: time,
  result: z
    .string()
    .describe(
      '`answered`, `refused`, `given-up` (by us), `silent`, `timeout`, `transport`, `media`; `full`, `unresolved`, `blocked` without an INVITE.',
    ),
  sipStatus: z.int().optional(),
  q850: z.int().optional().describe('Only where the far end gave it.'),
});

const legSchema = z.object({
  party: partySchema,
  display: z.string(),
  to: z.string(),
  callId: z.string().optional().describe('SIP Call-ID.'),
  startedAt: time.optional(),
  alertingAt: time.optional(),
  answeredAt: time.optional(),
  endedAt: time.optional(),
  failedAt: time.optional(),
  sipStatus: z.int().optional(),
  q850: z.int().optional(),
  attempts: z
    .array(attemptSchema)
    .optional()
    .describe("The operator's: by which trunks it was tried, in order. Absent in the sandbox."),
  audio: audioSchema.optional(),
  answeredBy: answeredBySchema.optional(),
  beepAt: time.optional().describe("When a machine's first beep ended."),
  recording: z.string().optional().describe('In the sandbox: the file of what this phone heard.'),
});

export const callSchema = z.object({
  sessionId: z.string(),
  icid: z.string(),
  appKey: z.string(),
  state: z.enum(['accepted', 'running', 'ended']),
  sandbox: z.boolean(),
  acceptedAt: time,
  waitUntil: time.optional().describe('It had to wait for its turn, until then at most.'),
  endedAt: time.optional(),
  order: z
    .looseObject({})
    .describe('The parameters of the request, defaults filled in; codes and texts are hidden.'),
  statusUrl: z.string().optional(),
  feeUrl: z.string().optional(),
  userData: z.string().optional(),
  verdict: z
    .object({
      releaseCause: z.int(),
      description: z.string(),
      teardownPoint: z.int(),
      releasedBy: z.enum(['caller', 'callee', 'platform']),
    })
    .optional()
    .describe('Why the call ended.'),
  legs: z.array(legSchema),
});

export const pushSchema = z.object({
  id: z.string(),
  kind: z.enum(['status', 'fee']),
  url: z.string(),
  state: z.enum(['pending', 'delivered', 'failed', 'dead']),
  createdAt: time,
  nextAttemptAt: time.optional(),
  deliveries: z.array(
    z.object({
      attempt: z.int(),
      at: time,
      duration: z.number().describe('ms'),
      httpStatus: z.int().optional(),
      error: z.string().optional(),
      replayedBy: z
        .string()
        .optional()
        .describe('Who had the push sent again; absent where the platform did so by itself.'),
    }),
  ),
});

const recordingSchema = z.object({
  objectName: z.string(),
  startedAt: time,
  milliseconds: z.number().optional().describe('Absent while it is written.'),
  url: z
    .string()
    .optional()
    .describe('Where it can be fetched for a while; absent when there is nothing to fetch.'),
});

const playedPromptSchema = z.object({
  at: time,
  party: partySchema,
  kind: z.enum(['file', 'template', 'text', 'system', 'code']),
  name: z.string().optional().describe('Of the file, the template or the prompt of the platform.'),
});

export const callHistorySchema = callSchema.extend({
  prompts: z
    .array(playedPromptSchema)
    .describe('What each party was played, up to 50; known as the call goes on.'),
  bridgedAt: time.optional().describe('When the parties of a callback heard each other.'),
  recording: recordingSchema.optional().describe('What was recorded because recordFlag asked for it.'),
  events: z.array(eventSchema),
  pushes: z.array(pushSchema),
  cdr: z.looseObject({}).optional().describe('The element of feeLst; absent while the call runs.'),
});

/** Where the sandbox keeps what a phone heard, by the Call-ID of its leg; undefined where it keeps nothing. */
export type PhoneRecordings = (callId: string) => string | undefined;

function legView(
  { trace: _trace, ...leg }: LegRecord,
  recordings: PhoneRecordings,
): z.infer<typeof legSchema> {
  return {
    ...leg,
    startedAt: optionalTimeOf(leg.startedAt),
    alertingAt: optionalTimeOf(leg.alertingAt),
    answeredAt: optionalTimeOf(leg.answeredAt),
    endedAt: optionalTimeOf(leg.endedAt),
    failedAt: optionalTimeOf(leg.failedAt),
    beepAt: optionalTimeOf(leg.beepAt),
    attempts: leg.attempts?.map((attempt) => ({ ...attempt, at: timeOf(attempt.at) })),
    recording: leg.callId === undefined ? undefined : recordings(leg.callId),
  };
}

/** Stands for what only the callee is to hear. */
const HIDDEN = '****';

/** An order without the code it reads and the texts it speaks, in which codes and names may stand. */
function orderView(order: Order): Record<string, unknown> {
  switch (order.capability) {
    case 'callback':
      return { ...order };
    case 'verification':
      return { ...order, verifyCode: HIDDEN };
    case 'notification': {
      const segments = order.segments.map(({ prompt, ...keys }) => ({
        prompt: prompt.kind === 'speech' ? { ...prompt, text: HIDDEN } : prompt,
        ...keys,
      }));
      return { ...order, segments };
    }
  }
}

export function callView(call: CallRecord, recordings: PhoneRecordings): z.infer<typeof callSchema> {
  const { sessionId, icid, state, sandbox, order, statusUrl, feeUrl, userData, verdict } = call;
  const description = releaseCauseDescription(verdict.releaseCause);
  return {
    sessionId,
    icid,
    appKey: call.owner.appKey,
    state,
    sandbox,
    acceptedAt: timeOf(call.acceptedAt),
    waitUntil: optionalTimeOf(call.waitUntil),
    endedAt: optionalTimeOf(call.endedAt),
    order: orderView(order),
    statusUrl,
    feeUrl,
    userData,
    verdict: state === 'ended' ? { ...verdict, description } : undefined,
    legs: call.legs.map((leg) => legView(leg, recordings)),
  };
}

export function pushView(push: PushRecord): z.infer<typeof pushSchema> {
  const { id, kind, url, state } = push;
  return {
    id,
    kind,
    url,
    state,
    createdAt: timeOf(push.createdAt),
    nextAttemptAt: optionalTimeOf(push.nextAttemptAt),
    deliveries: push.deliveries.map((delivery) => ({ ...delivery, at: timeOf(delivery.at) })),
  };
}

const recordingView = (
  { objectName, startedAt, milliseconds }: RecordingRecord,
  url: string | undefined,
): z.infer<typeof recordingSchema> => ({ objectName, startedAt: timeOf(startedAt), milliseconds, url });

/** @param url where the call's recording can be fetched */
export function callHistoryView(
  { call, events, pushes, cdr }: CallHistory,
  recordings: PhoneRecordings,
  url: string | undefined,
): z.infer<typeof callHistorySchema> {
  return {
    ...callView(call, recordings),
    prompts: (call.played?.prompts ?? []).map(({ at, ...prompt }) => ({ at: timeOf(at), ...prompt })),
    bridgedAt: optionalTimeOf(call.played?.bridgedAt),
    recording: call.recording && recordingView(call.recording, url),
    events: events.map(eventView),
    pushes: pushes.map(pushView),
    cdr: cdr && { ...cdr.fee },
  };
}
