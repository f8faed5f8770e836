import { type Command, Option } from 'commander';
import type { PlacedCallView } from './api.ts';
import { cdrLines, eventLine, recordingLines } from './call-lines.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { note, print, result } from './output.ts';
import { wholeNumber } from './values.ts';
import { watchCall } from './watch.ts';

interface CallOptions extends ClientOptions {
  readonly app: string;
  readonly display: string;
  readonly displayCallee?: string;
  readonly from: string;
  readonly to: string;
  readonly record?: boolean;
  readonly maxDuration?: number;
  readonly calleeMedia?: string;
  readonly statusUrl?: string;
  readonly feeUrl?: string;
  readonly userData?: string;
  readonly sandbox?: boolean;
  readonly watch?: boolean;
}

const base64 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text).toString('base64');

/** The body of click2Call, and the two members of the operator's API. */
function bodyOf(options: CallOptions): object {
  return {
    appKey: options.app,
    sandbox: options.sandbox,
    displayNbr: options.display,
    callerNbr: options.from,
    displayCalleeNbr: options.displayCallee ?? options.display,
    calleeNbr: options.to,
    recordFlag: String(options.record ?? false),
    maxDuration: options.maxDuration,
    calleeMedia: options.calleeMedia,
    statusUrl: base64(options.statusUrl),
    feeUrl: base64(options.feeUrl),
    userData: options.userData,
  };
}

async function place(options: CallOptions): Promise<void> {
  const client = clientOf(options);
  const placed = await client.post<PlacedCallView>('/calls', bodyOf(options));
  if (!options.watch) {
    result(options.json, placed, () => [`Accepted: ${placed.sessionId}`]);
    return;
  }
  const tell = options.json ? note : print;
  tell(`Accepted: ${placed.sessionId}`);
  const call = await watchCall(client, placed.sessionId, (event) => tell(eventLine(event)));
  result(options.json, { ...placed, call }, () => {
    const heard = recordingLines(call);
    return ['', 'Call record', ...cdrLines(call), ...(heard.length === 0 ? [] : ['', ...heard])];
  });
}

export function callCommand(): Command {
  return clientCommand('call', 'ring A, then B, and let them talk (click2Call)')
    .requiredOption('--app <KEY>', 'the application that calls')
    .requiredOption('--display <NUMBER>', 'the number that A sees')
    .option('--display-callee <NUMBER>', 'the number that B sees (the same unless given)')
    .requiredOption('--from <NUMBER>', 'A, who is rung first')
    .requiredOption('--to <NUMBER>', 'B')
    .option('--record', 'record the call')
    .option('--max-duration <MINUTES>', 'end the call that long after B answered', wholeNumber)
    .addOption(
      new Option('--callee-media <WHAT>', 'what A hears of B before the answer').choices([
        'all',
        'none',
        'fail',
      ]),
    )
    .option('--status-url <URL>', 'push status events here')
    .option('--fee-url <URL>', 'push the CDR here')
    .option('--user-data <TEXT>', 'comes back in every push')
    .option('--sandbox', 'never on a trunk')
    .option('--watch', 'follow the call to its end, then show its record')
    .action(place);
}
