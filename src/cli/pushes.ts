import { Command, Option } from 'commander';
import type { LedgerPushView, ReceiverView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { UsageFailure } from './failure.ts';
import { result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface SelectionOptions extends ClientOptions {
  readonly app?: string;
  readonly call?: string;
  readonly receiver?: string;
  readonly state?: string;
}

interface ListOptions extends SelectionOptions {
  readonly limit: number;
  readonly cursor?: string;
}

const selecting = (command: Command): Command =>
  command
    .option('--app <KEY>', 'only those of this application')
    .option('--call <SESSION>', 'only those of this call')
    .option('--receiver <URL>', 'only those to this address; without a query: whatever the query is');

function lastAnswer({ deliveries }: LedgerPushView): string {
  const last = deliveries.at(-1);
  return last === undefined ? '' : String(last.httpStatus ?? last.error ?? '');
}

const list = selecting(clientCommand('list', 'the dead letters, or pushes in another state, newest first'))
  .addOption(
    new Option('--state <STATE>', 'in this state')
      .choices(['pending', 'delivered', 'failed', 'dead'])
      .default('dead'),
  )
  .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 20)
  .option('--cursor <CURSOR>', 'go on where the last page ended (nextCursor)')
  .action(async ({ app, call, receiver, state, limit, cursor, ...options }: ListOptions) => {
    const query = { state, appKey: app, sessionId: call, url: receiver, limit: String(limit), cursor };
    const document = await clientOf(options).get<{ pushes: LedgerPushView[]; nextCursor?: string }>(
      '/pushes',
      query,
    );
    const rows = document.pushes.map((push) => [
      push.id,
      push.createdAt,
      push.kind === 'fee' ? 'CDR' : 'status',
      String(push.deliveries.length),
      lastAnswer(push),
      push.sessionId,
      push.url,
    ]);
    const head = ['id', 'of (UTC)', 'kind', 'attempts', 'last answer', 'session', 'receiver'];
    const more = document.nextCursor === undefined ? [] : ['', `More: --cursor ${document.nextCursor}`];
    result(options.json, document, () => [...table(head, rows), ...more]);
  });

const replay = selecting(clientCommand('replay', 'send pushes again, delivered ones too'))
  .argument('[ID]', 'this one, whatever became of it; else name a call, a receiver or an application')
  .addOption(
    new Option(
      '--state <STATE>',
      'those in this state; delivered and any only with --call [of a call what was given up; else dead, the records of calls]',
    ).choices(['failed', 'dead', 'delivered', 'any']),
  )
  .action(async (id: string | undefined, { app, call, receiver, state, ...options }: SelectionOptions) => {
    const named = [app, call, receiver].some((value) => value !== undefined);
    if ((id === undefined) !== named) {
      throw new UsageFailure('Give either the ID of a push, or --call, --receiver or --app.');
    }
    const client = clientOf(options);
    const document = await (id === undefined
      ? client.post<{ replayed: number }>('/pushes/replay', {
          sessionId: call,
          url: receiver,
          appKey: app,
          state,
        })
      : client.post<{ replayed: number }>(`/pushes/${encodeURIComponent(id)}/replay`));
    result(options.json, document, () => [`${document.replayed} on their way again`]);
  });

interface ResendOptions extends ClientOptions {
  readonly app?: string;
  readonly since?: string;
  readonly until?: string;
  readonly to?: string;
}

const resend = clientCommand('resend', 'push call records once more, whatever became of earlier pushes')
  .argument('[SESSION]', 'the record of this call; else name a time')
  .option('--since <TIME>', 'records of calls that ended at this time or later, such as 2026-01-31T08:00:00Z')
  .option('--until <TIME>', 'and before this time')
  .option('--app <KEY>', 'only those of this application')
  .option('--to <URL>', 'where to [where each went, else the CDR address of its application]')
  .action(async (sessionId: string | undefined, { app, since, until, to, ...options }: ResendOptions) => {
    const body = { sessionId, appKey: app, since, until, url: to };
    const document = await clientOf(options).post<{ sent: number; waiting: number; nowhere: number }>(
      '/records/resend',
      body,
    );
    result(options.json, document, () => [
      `${document.sent} on their way again, ${document.waiting} were on their way, ${document.nowhere} have no address`,
    ]);
  });

const receivers = clientCommand(
  'receivers',
  'receivers that have pushes on their way, or failed lately',
).action(async (options: ClientOptions) => {
  const document = await clientOf(options).get<{ receivers: ReceiverView[] }>('/receivers');
  const rows = document.receivers.map((receiver) => [
    receiver.appKey,
    receiver.breaker,
    String(receiver.failures),
    receiver.probeAt ?? '',
    String(receiver.onTheirWay),
    receiver.url,
  ]);
  const head = ['app key', 'breaker', 'failures', 'next try (UTC)', 'on their way', 'receiver'];
  result(options.json, document, () => table(head, rows));
});

export function pushesCommand(): Command {
  const group = new Command('pushes').description(
    'what was told to receivers, and what could not be: list and send again',
  );
  for (const command of [list, replay, resend, receivers]) group.addCommand(command);
  return group;
}
