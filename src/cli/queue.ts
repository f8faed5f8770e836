import { Command } from 'commander';
import type { WaitingCallView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';

const list = clientCommand('list', 'calls that wait for their turn').action(
  async (options: ClientOptions) => {
    const document = await clientOf(options).get<{ calls: WaitingCallView[] }>('/queue');
    const rows = document.calls.map((call) => [
      String(call.position),
      call.expectedStart.slice(11),
      call.expiresAt.slice(11),
      call.capability,
      call.appKey,
      call.sessionId,
    ]);
    const head = ['position', 'expected (UTC)', 'expires', 'capability', 'app key', 'session'];
    result(options.json, document, () => table(head, rows));
  },
);

const cancel = clientCommand('cancel', 'end a call that waits, unmade')
  .argument('<SESSION>', 'the session id')
  .action(async (sessionId: string, options: ClientOptions) => {
    await clientOf(options).delete(`/queue/${encodeURIComponent(sessionId)}`);
    result(options.json, { sessionId, cancelled: true }, () => [`${sessionId} waits no more.`]);
  });

export function queueCommand(): Command {
  const group = new Command('queue').description('calls that wait for their turn');
  for (const command of [list, cancel]) group.addCommand(command);
  return group;
}
