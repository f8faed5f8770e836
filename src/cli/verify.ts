import type { Command } from 'commander';
import { place, placingCommand, type PlacingOptions } from './place.ts';
import { wholeNumber } from './values.ts';

interface VerifyOptions extends PlacingOptions {
  readonly code: string;
  readonly pre: string;
  readonly post?: string;
  readonly times?: number;
}

/** Chinese, the only one there is (spec 04). */
const LANGUAGE = 2;

/** The members of callVerify. */
const orderOf = ({ code, pre, post, times }: VerifyOptions): object => ({
  languageType: LANGUAGE,
  preTone: pre,
  verifyCode: code,
  posTone: post,
  times,
});

export function verifyCommand(): Command {
  return placingCommand('verify', 'ring a phone and read it a code (callVerify)')
    .requiredOption('--display <NUMBER>', 'the number that the phone sees')
    .requiredOption('--to <NUMBER>', 'the phone')
    .requiredOption('--code <DIGITS>', 'what is read, 2-8 digits')
    .option('--pre <NAME>', 'the voice file before the code', 'pretone.wav')
    .option('--post <NAME>', 'the voice file after it')
    .option('--times <N>', 'how often the code is read, 1-9; 0 until they hang up (3)', wholeNumber)
    .action((options: VerifyOptions) => place(options, orderOf(options)));
}
