import type { Command } from 'commander';
import { place, placingCommand, type PlacingOptions } from './place.ts';
import { wholeNumber } from './values.ts';

interface NotifyOptions extends PlacingOptions {
  readonly voice?: string;
  readonly template?: string;
  readonly para?: readonly string[];
  readonly collect?: number;
  readonly replayOn?: string;
}

/** The members of callnotify: one segment. */
const orderOf = ({ voice, template, para, collect, replayOn }: NotifyOptions): object => ({
  playInfoList: [
    {
      notifyVoice: voice,
      templateId: template,
      templateParas: para,
      collectInd: collect,
      replayAfterCollection: replayOn === undefined ? undefined : 'true',
      collectContentTriggerReplaying: replayOn,
    },
  ],
});

const another = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function notifyCommand(): Command {
  return placingCommand('notify', 'ring a phone and play it a voice file or a template (callnotify)')
    .requiredOption('--display <NUMBER>', 'the number that the phone sees')
    .requiredOption('--to <NUMBER>', 'the phone')
    .option('--voice <NAME>', 'an approved voice file (voice list), or')
    .option('--template <ID>', 'an approved template (template list)')
    .option('--para <TEXT>', 'a value for the next variable of the template; repeat it for each', another)
    .option('--collect <N>', 'then collect up to so many keys, 0-32', wholeNumber)
    .option('--replay-on <KEYS>', 'play it again when these were pressed')
    .action((options: NotifyOptions) => place(options, orderOf(options)));
}
