/** What the commands that place a call have in common. */
import type { Command } from 'commander';
import type { PlacedCallView } from './api.ts';
import { cdrLines, eventLine, recordingLines } from './call-lines.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { note, print, result } from './output.ts';
import { watchCall } from './watch.ts';

export interface PlacingOptions extends ClientOptions {
  readonly app: string;
  readonly display: string;
  readonly to: string;
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly userData?: string;
  readonly sandbox?: boolean;
  readonly watch?: boolean;
}

/** A command with the options of every call but whom it rings. */
export function placingCommand(name: string, description: string): Command {
  return clientCommand(name, description)
    .requiredOption('--app <KEY>', 'the application that calls')
    .option('--status-url <URL>', 'push status events here')
    .option('--fee-url <URL>', 'push the CDR here')
    .option('--user-data <TEXT>', 'comes back in every push')
    .option('--sandbox', 'never on a trunk')
    .option('--watch', 'follow the call to its end, then show its record');
}

const base64 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text).toString('base64');

/** Members that every call has, and the two of the operator's API. */
function commonMembers(options: PlacingOptions): object {
  return {
    appKey: options.app,
    sandbox: options.sandbox,
    displayNbr: options.display,
    calleeNbr: options.to,
    statusUrl: base64(options.statusUrl),
    feeUrl: base64(options.feeUrl),
    userData: options.userData,
  };
}

function acceptedLines({ sessionId, queue }: PlacedCallView): string[] {
  const accepted = `Accepted: ${sessionId}`;
  if (queue === undefined) return [accepted];
  return [accepted, `It waits, as number ${queue.position}; its turn is expected at ${queue.expectedStart}.`];
}

/** Places a call with the members of its API in `order`; with `--watch` follows it to its end. */
export async function place(options: PlacingOptions, order: object): Promise<void> {
  const client = clientOf(options);
  const placed = await client.post<PlacedCallView>('/calls', { ...commonMembers(options), ...order });
  if (!options.watch) {
    result(options.json, placed, () => acceptedLines(placed));
    return;
  }
  const tell = options.json ? note : print;
  for (const line of acceptedLines(placed)) tell(line);
  const call = await watchCall(client, placed.sessionId, (event) => tell(eventLine(event)));
  result(options.json, { ...placed, call }, () => {
    const heard = recordingLines(call);
    return ['', 'Call record', ...cdrLines(call), ...(heard.length === 0 ? [] : ['', ...heard])];
  });
}
