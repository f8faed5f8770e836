import { type Command, Option } from 'commander';
import { place, placingCommand, type PlacingOptions } from './place.ts';
import { wholeNumber } from './values.ts';

interface CallOptions extends PlacingOptions {
  readonly displayCallee?: string;
  readonly from: string;
  readonly record?: boolean;
  readonly maxDuration?: number;
  readonly calleeMedia?: string;
}

/** The members of click2Call. */
const orderOf = (options: CallOptions): object => ({
  callerNbr: options.from,
  displayCalleeNbr: options.displayCallee ?? options.display,
  recordFlag: String(options.record ?? false),
  maxDuration: options.maxDuration,
  calleeMedia: options.calleeMedia,
});

export function callCommand(): Command {
  return placingCommand('call', 'ring A, then B, and let them talk (click2Call)')
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
    .action((options: CallOptions) => place(options, orderOf(options)));
}
