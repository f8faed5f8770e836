import { type Command, InvalidArgumentError } from 'commander';
import { place, placingCommand, type PlacingOptions } from './place.ts';
import { wholeNumber } from './values.ts';

/** A member of playInfoList. */
interface Segment {
  notifyVoice?: string;
  templateId?: string;
  templateParas?: string[];
  collectInd?: number;
  replayAfterCollection?: string;
  collectContentTriggerReplaying?: string;
}

/**
 * The segments of a notification, in the order of the options: each --voice or --template begins one, and the other options
 * belong to the one that was begun last.
 */
class Segments {
  readonly #segments: Segment[] = [{}];

  /** One without anything where nothing was given: the server says what is missing. */
  get all(): readonly Segment[] {
    return this.#segments;
  }

  readonly voice = (notifyVoice: string): string => {
    this.#begin().notifyVoice = notifyVoice;
    return notifyVoice;
  };

  readonly template = (templateId: string): string => {
    this.#begin().templateId = templateId;
    return templateId;
  };

  readonly para = (value: string): string => {
    const segment = this.#last();
    segment.templateParas = [...(segment.templateParas ?? []), value];
    return value;
  };

  readonly collect = (text: string): number => {
    const segment = this.#last();
    if (segment.collectInd !== undefined) throw once('--collect');
    segment.collectInd = wholeNumber(text);
    return segment.collectInd;
  };

  readonly replayOn = (keys: string): string => {
    const segment = this.#last();
    if (segment.collectContentTriggerReplaying !== undefined) throw once('--replay-on');
    segment.replayAfterCollection = 'true';
    segment.collectContentTriggerReplaying = keys;
    return keys;
  };

  #last(): Segment {
    return this.#segments.at(-1)!;
  }

  #begin(): Segment {
    const last = this.#last();
    if (last.notifyVoice === undefined && last.templateId === undefined) return last;
    const segment: Segment = {};
    this.#segments.push(segment);
    return segment;
  }
}

const once = (option: string): InvalidArgumentError =>
  new InvalidArgumentError(`A segment has one ${option}: begin the next one with --voice or --template.`);

export function notifyCommand(): Command {
  const segments = new Segments();
  return placingCommand('notify', 'ring a phone and play it voice files or templates (callnotify)')
    .requiredOption('--display <NUMBER>', 'the number that the phone sees')
    .requiredOption('--to <NUMBER>', 'the phone')
    .option('--voice <NAME>', 'an approved voice file (voice list), or', segments.voice)
    .option(
      '--template <ID>',
      'an approved template (template list); each of the two begins a segment, 5 at most',
      segments.template,
    )
    .option(
      '--para <TEXT>',
      'a value for the next variable of that template; repeat it for each',
      segments.para,
    )
    .option('--collect <N>', 'then collect up to so many keys, 0-32', segments.collect)
    .option('--replay-on <KEYS>', 'play that segment again when these were pressed', segments.replayOn)
    .action((options: PlacingOptions) => place(options, { playInfoList: segments.all }));
}
