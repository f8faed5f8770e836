import type { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result } from './output.ts';

export function stopCommand(): Command {
  return clientCommand('stop', 'end a running call')
    .argument('<SESSION>', 'the session id')
    .action(async (sessionId: string, options: ClientOptions) => {
      const document = await clientOf(options).post(`/calls/${encodeURIComponent(sessionId)}/stop`);
      result(options.json, document, () => [`Stopping ${sessionId}`]);
    });
}
