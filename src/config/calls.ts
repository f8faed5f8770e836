/** What calls do: ringing, keys, answering machines, repetitions. */
import { z } from 'zod';
import { uncallableAreas, type UncallableType, uncallableTypes } from '../accounts/callable.ts';
import { duration, inForm, notes, toggle, whole } from './kinds.ts';

/** Entries separated by commas, or `none`. */
function listOf<Entry extends string>(form: string, isEntry: (text: string) => text is Entry) {
  return inForm(`none, or ${form}, separated by commas`, (value): readonly Entry[] | undefined => {
    if (value.trim() === 'none') return [];
    const entries = value.split(',').map((entry) => entry.trim());
    return entries.every(isEntry) ? entries : undefined;
  });
}

const prefixes = listOf('beginnings of numbers such as +86991', (text): text is string =>
  /^\+[1-9]\d{0,14}$/.test(text),
);

const countries = listOf('two-letter country codes such as CN', (text): text is string =>
  /^[A-Z]{2}$/.test(text),
);

const numberTypes = listOf(`some of ${uncallableTypes.join(', ')}`, (text): text is UncallableType =>
  uncallableTypes.some((type) => type === text),
);

export const callsSettings = {
  uncallablePrefixes: prefixes.prefault(uncallableAreas.join(',')).register(notes, {
    placeholder: 'PREFIXES',
    help: 'numbers that are not called (1010025, callers of callbacks 1010024): none, or their beginnings',
  }),
  callableCountries: countries.prefault('none').register(notes, {
    placeholder: 'COUNTRIES',
    help: 'the only countries that are called, such as CN,HK; none: all of them',
  }),
  uncallableTypes: numberTypes.prefault('none').register(notes, {
    placeholder: 'TYPES',
    help: `kinds of numbers that are not called: none, or some of ${uncallableTypes.join(', ')}`,
  }),
  ringTimeout: duration.prefault('60s').register(notes, {
    placeholder: 'TIME',
    help: 'how long a phone rings before its call ends with 8003',
  }),
  firstKeyTimeout: duration.prefault('5s').register(notes, {
    placeholder: 'TIME',
    help: 'from the end of a prompt to the first key; then nothing was collected (8008)',
  }),
  interKeyTimeout: duration.prefault('5s').register(notes, { placeholder: 'TIME', help: 'from key to key' }),
  bargeIn: toggle.default(false).register(notes, {
    help: 'a key stops the prompt that plays, instead of being counted after it',
  }),
  hashEndsKeys: toggle.default(false).register(notes, {
    help: '# ends what is collected, and is not part of it',
  }),
  answeringMachine: z
    .enum(['off', 'note', 'hang-up', 'wait-for-beep'], {
      error: 'must be off, note, hang-up or wait-for-beep',
    })
    .default('off')
    .register(notes, {
      placeholder: 'WHAT',
      help: 'when a machine answers a notification or verification: off, note, hang-up or wait-for-beep',
    }),
  maxReplays: whole(0, 100).prefault('9').register(notes, {
    placeholder: 'N',
    help: 'how often a segment of a notification is replayed at most',
  }),
  verificationRepeats: z
    .enum(['code', 'everything'], { error: 'must be code or everything' })
    .default('code')
    .register(notes, {
      placeholder: 'WHAT',
      help: 'what a verification repeats: code, or everything around it too',
    }),
  portsPerCallback: whole(1, 2).prefault('1').register(notes, {
    placeholder: 'N',
    help: 'voice ports a callback takes of its app',
  }),
};
