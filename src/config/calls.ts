/** What calls do: ringing, keys, answering machines, repetitions. */
import { z } from 'zod';
import { duration, notes, toggle, whole } from './kinds.ts';

export const callsSettings = {
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
