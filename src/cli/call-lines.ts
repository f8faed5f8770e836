/** How calls read on a terminal. */
import type { CallHistoryView, CallView, EventView, LegView, PushView } from './api.ts';
import { facts, table } from './output.ts';

type Prompt = NonNullable<CallHistoryView['prompts']>[number];

/** Of the day, with its zone: `17:44:45.824Z`. */
const clockOf = (time: string): string => time.slice(11);

const deeds: Readonly<Record<string, string>> = {
  callout: 'is dialled',
  alerting: 'rings',
  answer: 'answers',
  collectInfo: 'pressed',
  disconnect: 'call ended',
};

export function eventLine(event: EventView): string {
  const deed = deeds[event.type] ?? event.type;
  return `${clockOf(event.at)}  ${sentenceOf(event, deed)}`;
}

function sentenceOf({ type, caller = '', called = '', ...event }: EventView, deed: string): string {
  switch (type) {
    case 'disconnect': {
      const { stateCode, stateDesc = '' } = event;
      return stateCode === undefined ? deed : `${deed}: ${stateDesc} (${stateCode})`;
    }
    case 'collectInfo':
      return `${event.party ?? ' '} ${deed} ${event.digits ?? ''}`;
    case 'callout':
      return `${event.party ?? ' '} ${deed} ${called} showing ${caller}`;
    default:
      return `${event.party ?? ' '} ${deed} ${called}`;
  }
}

export function callTable(calls: readonly CallView[]): string[] {
  const rows = calls.map((call) => [
    call.acceptedAt.slice(0, 19).replace('T', ' '),
    call.order.callerNbr ?? '',
    call.order.calleeNbr,
    call.state,
    call.verdict ? `${call.verdict.releaseCause} ${call.verdict.description}` : '',
    call.sessionId,
  ]);
  return table(['accepted (UTC)', 'caller (A)', 'callee (B)', 'state', 'end', 'session'], rows);
}

function pushLine(push: PushView): string {
  const last = push.deliveries.at(-1);
  const answer = last === undefined ? '' : ` (${last.httpStatus ?? last.error ?? ''}, ${last.duration} ms)`;
  const next = push.nextAttemptAt === undefined ? '' : `, again at ${clockOf(push.nextAttemptAt)}`;
  return `${push.kind === 'fee' ? 'CDR   ' : 'status'}  ${push.state}${answer} after ${push.deliveries.length}${next}  ${push.url}`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

type Audio = NonNullable<LegView['audio']>;

/** How one direction came through, as far as is known: `from it 250 packets, loss 0.4 %, jitter 2 ms, MOS 4.3`. */
function directionLine(direction: string, audio: Audio['sent']): string | undefined {
  if (audio === undefined) return undefined;
  const { packets, loss, jitter, mos } = audio;
  const figures = [
    `${packets} packets`,
    loss === undefined ? undefined : `loss ${Number((loss * 100).toFixed(1))} %`,
    jitter === undefined ? undefined : `jitter ${Number(jitter.toFixed(1))} ms`,
    mos === undefined ? undefined : `MOS ${mos}`,
  ];
  return `${direction} ${figures.filter((figure) => figure !== undefined).join(', ')}`;
}

/** Who could hear whom and how well, and whether a person or a machine answered. */
function audioLine({ party, audio, answeredBy, beepAt }: LegView): string | undefined {
  const said = [
    audio && [audio.audio, ...audio.causes].join(', '),
    directionLine('from it', audio?.received),
    directionLine('to it', audio?.sent),
    audio && `longest quiet ${Number((audio.longestQuiet / 1_000).toFixed(1))} s`,
    answeredBy && `answered by ${answeredBy.verdict} (${answeredBy.confidence})`,
    beepAt && `beep at ${clockOf(beepAt)}`,
  ].filter((part) => part !== undefined);
  return said.length === 0 ? undefined : `${party} ${said.join('; ')}`;
}

/** By which trunks a leg was tried, and what came of it. */
function attemptLines({ party, attempts = [] }: LegView): string[] {
  return attempts.map(({ trunk, gateway, at, result, sipStatus, q850 }) => {
    const causes = [sipStatus && `sip ${sipStatus}`, q850 && `q.850 ${q850}`].filter(Boolean);
    const by = gateway === undefined ? trunk : `${trunk} (${gateway})`;
    return `${clockOf(at)}  ${party} by ${by}: ${result}${causes.length === 0 ? '' : `, ${causes.join(', ')}`}`;
  });
}

/** What each phone of the sandbox heard, and where the recording of the call can be fetched. */
export function recordingLines(call: CallHistoryView): string[] {
  const heard = call.legs.filter(({ recording }) => recording !== undefined);
  const lines = heard.map(({ party, recording }) => `${party} heard ${recording}`);
  return call.recording?.url === undefined ? lines : [...lines, `recorded ${call.recording.url}`];
}

const promptLine = ({ at, party, kind, name }: Prompt): string => {
  const what = kind === 'system' ? (name ?? '') : [`the ${kind}`, name].filter(Boolean).join(' ');
  return `${clockOf(at)}  ${party} hears ${what}`;
};

export function cdrLines(call: CallHistoryView): string[] {
  return facts(Object.entries(call.cdr ?? {}));
}

export function callLines(call: CallHistoryView): string[] {
  const { verdict } = call;
  const legs = table(
    ['leg', 'number', 'shows', 'rang', 'answered', 'ended', 'sip', 'q.850'],
    call.legs.map((leg) => [
      leg.party,
      leg.to,
      leg.display,
      clockOf(leg.alertingAt ?? ''),
      clockOf(leg.answeredAt ?? ''),
      clockOf(leg.endedAt ?? ''),
      String(leg.sipStatus ?? ''),
      String(leg.q850 ?? ''),
    ]),
  );
  return [
    ...facts([
      ['session', call.sessionId],
      ['app key', call.appKey],
      ['state', call.state],
      ['accepted', call.acceptedAt],
      ['ended', call.endedAt],
      ['why', verdict && `${verdict.releaseCause} ${verdict.description} (by ${verdict.releasedBy})`],
      ['user data', call.userData],
    ]),
    ...section('Legs', call.legs.length === 0 ? [] : legs),
    ...section(
      'Number pools',
      (call.order.pooled ?? []).map(
        ({ party, pool, asked, chosen }) => `${party} shows ${chosen} for ${asked}, chosen by ${pool}`,
      ),
    ),
    ...section('Trunks', call.legs.flatMap(attemptLines)),
    ...section(
      'Audio',
      call.legs.map(audioLine).filter((line) => line !== undefined),
    ),
    ...section('Prompts', (call.prompts ?? []).map(promptLine)),
    ...section('Events', call.events.map(eventLine)),
    ...section('Pushes', call.pushes.map(pushLine)),
    ...section('Call record', cdrLines(call)),
    ...section('Recordings', recordingLines(call)),
  ];
}
