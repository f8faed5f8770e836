import { Command, Option } from 'commander';
import type { CallHistoryView, CallView } from './api.ts';
import { callLines, callTable, eventLine } from './call-lines.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { print, result } from './output.ts';
import { wholeNumber } from './values.ts';

interface ListOptions extends ClientOptions {
  readonly app?: string;
  readonly state?: string;
  readonly since?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const list = clientCommand('list', 'the latest calls')
  .option('--app <KEY>', 'only those of this application')
  .addOption(new Option('--state <STATE>', 'only those').choices(['accepted', 'running', 'ended']))
  .option('--since <TIME>', 'only those accepted since, for example 2026-01-31T08:00:00Z')
  .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 20)
  .option('--cursor <CURSOR>', 'go on where the last page ended (nextCursor)')
  .action(async ({ app, state, since, limit, cursor, ...options }: ListOptions) => {
    const query = { appKey: app, state, since, limit: String(limit), cursor };
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
  for (const command of [list, show, watch]) group.addCommand(command);
  return group;
}
