import { type Command, Option } from 'commander';
import { place, placingCommand, type PlacingOptions } from './place.ts';
import { wholeNumber } from './values.ts';

interface CallOptions extends PlacingOptions {
  readonly displayCallee?: string;
  readonly from: string;
  readonly record?: boolean;
  readonly maxDuration?: number;
  readonly calleeMedia?: string;
  readonly preVoice?: string | true;
  readonly waitVoice?: string;
  readonly lastMinVoice?: string;
  readonly lastMinTo?: string;
  readonly recordHintTone?: string;
}

/** The members of click2Call. */
const orderOf = (options: CallOptions): object => ({
  callerNbr: options.from,
  displayCalleeNbr: options.displayCallee ?? options.display,
  recordFlag: String(options.record ?? false),
  maxDuration: options.maxDuration,
  calleeMedia: options.calleeMedia,
  playPreVoice: options.preVoice === undefined ? undefined : 'true',
  preVoice: options.preVoice === true ? undefined : options.preVoice,
  waitVoice: options.waitVoice,
  lastMinVoice: options.lastMinVoice,
  lastMinToUE: options.lastMinTo,
  recordHintTone: options.recordHintTone,
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
    .option('--pre-voice [NAME]', "what A hears before B is dialled; without a name the platform's words")
    .option('--wait-voice <NAME>', 'what A hears while B is dialled')
    .option('--last-min-voice <NAME>', 'what is heard a minute before the end (--max-duration)')
    .addOption(new Option('--last-min-to <WHOM>', 'who hears it').choices(['both', 'toa', 'tob']))
    .option('--record-hint-tone <NAME>', 'what both hear before the recording (--record)')
    .action((options: CallOptions) => place(options, orderOf(options)));
}
