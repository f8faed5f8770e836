import { Command, Option } from 'commander';
import type {
  CallHistoryView,
  CallView,
  EventPageView,
  LegQualityView,
  RecordPageView,
  RefusalView,
} from './api.ts';
import { callLines, callTable, eventLine } from './call-lines.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { qualityLines } from './quality-lines.ts';
import { print, result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface ListOptions extends ClientOptions {
  readonly app?: string;
  readonly state?: string;
  readonly session?: string;
  readonly number?: string;
  readonly cause?: number;
  readonly voice?: string;
  readonly template?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const list = clientCommand('list', 'the latest calls')
  .option('--app <KEY>', 'only those of this application')
  .addOption(new Option('--state <STATE>', 'only those').choices(['accepted', 'running', 'ended']))
  .option('--session <SESSION>', 'only the one with this session id')
  .option('--number <NUMBER>', 'only those to this number, caller or callee, for example +8613500000001')
  .option('--cause <N>', 'only those that ended with this release cause', wholeNumber)
  .addOption(
    new Option('--voice <NAME>', 'only those accepted to play this voice file').conflicts('template'),
  )
  .option('--template <ID>', 'only those accepted to speak this template')
  .option('--since <TIME>', 'only those accepted since, for example 2026-01-31T08:00:00Z')
  .option('--until <TIME>', 'only those accepted before this time')
  .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 20)
  .option('--cursor <CURSOR>', 'go on where the last page ended (nextCursor)')
  .action(async ({ app, session, voice, template, limit, cause, ...rest }: ListOptions) => {
    const { state, number, since, until, cursor, ...options } = rest;
    const asked = { appKey: app, state, sessionId: session, number, voiceFile: voice, templateId: template };
    const query = { ...asked, cause: cause?.toString(), since, until, limit: String(limit), cursor };
    const document = await clientOf(options).get<{ calls: CallView[]; nextCursor?: string }>('/calls', query);
    const more = document.nextCursor === undefined ? [] : ['', `More: --cursor ${document.nextCursor}`];
    result(options.json, document, () => [...callTable(document.calls), ...more]);
  });

const show = clientCommand('show', 'one call with its legs, events, pushes and record')
  .argument('<SESSION>', 'the session id')
  .action(async (sessionId: string, options: ClientOptions) => {
    const call = await clientOf(options).get<CallHistoryView>(`/calls/${encodeURIComponent(sessionId)}`);
    result(options.json, call, () => callLines(call));
  });

const quality = clientCommand('quality', 'the media of a call second by second, while it runs and afterwards')
  .argument('<SESSION>', 'the session id')
  .action(async (sessionId: string, options: ClientOptions) => {
    const path = `/calls/${encodeURIComponent(sessionId)}/quality`;
    const document = await clientOf(options).get<{ live: boolean; legs: LegQualityView[] }>(path);
    result(options.json, document, () => qualityLines(document.legs));
  });

interface FeedOptions extends ClientOptions {
  readonly app?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const feedCommand = (name: string, description: string): Command =>
  clientCommand(name, `${description}, in the order in which they were stored, from a cursor on`)
    .option('--app <KEY>', 'only those of this application')
    .option('--since <TIME>', 'only from this time on, for example 2026-01-31T08:00:00Z')
    .option('--until <TIME>', 'only before this time')
    .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 100)
    .option('--cursor <CURSOR>', 'go on where the last page ended (nextCursor), however long ago');

const queryOf = ({ app, since, until, limit, cursor }: FeedOptions) => ({
  appKey: app,
  since,
  until,
  limit: String(limit),
  cursor,
});

const records = feedCommand('records', 'ended calls with their records').action(
  async (options: FeedOptions) => {
    const document = await clientOf(options).get<RecordPageView>('/records', queryOf(options));
    const rows = document.records.map((record) => [
      record.endedAt.slice(0, 19).replace('T', ' '),
      record.number,
      String(record.cdr.calleeNum ?? ''),
      record.connected ? `${Math.round(record.talkMilliseconds / 1_000)} s` : '',
      `${record.releaseCause} ${record.description}`,
      record.sessionId,
    ]);
    const head = ['ended (UTC)', 'shows', 'dialled', 'talk', 'end', 'session'];
    result(options.json, document, () => [...table(head, rows), '', `Next: --cursor ${document.nextCursor}`]);
  },
);

const events = feedCommand('events', 'events of calls').action(async (options: FeedOptions) => {
  const document = await clientOf(options).get<EventPageView>('/events', queryOf(options));
  result(options.json, document, () => [
    ...document.events.map((event) => `${event.sessionId}  ${eventLine(event)}`),
    '',
    `Next: --cursor ${document.nextCursor}`,
  ]);
});

interface RefusedOptions extends ClientOptions {
  readonly app?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const refused = clientCommand('refused', 'the latest calls that a limit or a guard refused, and why')
  .option('--app <KEY>', 'only those of this application')
  .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 20)
  .option('--cursor <CURSOR>', 'go on where the last page ended (nextCursor)')
  .action(async ({ app, limit, cursor, ...options }: RefusedOptions) => {
    const query = { appKey: app, limit: String(limit), cursor };
    const document = await clientOf(options).get<{ refusals: RefusalView[]; nextCursor?: number }>(
      '/calls/refused',
      query,
    );
    const rows = document.refusals.map((refusal) => [
      refusal.at.slice(0, 19).replace('T', ' '),
      refusal.callerNbr ?? '',
      refusal.calleeNbr,
      refusal.code,
      refusal.explanation,
    ]);
    const head = ['asked (UTC)', 'caller (A)', 'callee (B)', 'code', 'why'];
    const more = document.nextCursor === undefined ? [] : ['', `More: --cursor ${document.nextCursor}`];
    result(options.json, document, () => [...table(head, rows), ...more]);
  });

const watch = clientCommand(
  'watch',
  'events of all calls as they happen, or of one call (with --json a document a line)',
)
  .argument('[SESSION]', 'only this call, from its first event to its last')
  .action(async (sessionId: string | undefined, options: ClientOptions) => {
    for await (const event of clientOf(options).events(sessionId)) {
      print(options.json ? JSON.stringify(event) : `${event.sessionId}  ${eventLine(event)}`);
      if (sessionId !== undefined && event.type === 'disconnect') return;
    }
  });

export function callsCommand(): Command {
  const group = new Command('calls').description('calls that run and calls that were');
  for (const command of [list, show, quality, refused, watch, records, events]) group.addCommand(command);
  return group;
}
