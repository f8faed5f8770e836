/** The voices that say texts. */
import { z } from 'zod';
import { notes, octets, someTime, text, whole } from './kinds.ts';

export const speechSettings = {
  promptLanguage: z
    .enum(['zh', 'en'], { error: 'must be zh or en' })
    .default('zh')
    .register(notes, { placeholder: 'LANGUAGE', help: "of the platform's own prompts: zh or en" }),
  codeLanguage: z.enum(['zh', 'en'], { error: 'must be zh or en' }).default('zh').register(notes, {
    placeholder: 'LANGUAGE',
    help: 'in which the digits of verification codes are read: zh, as languageType 2 asks, or en',
  }),
  speechModels: text.optional().register(notes, {
    placeholder: 'DIR',
    help: 'folder of a sherpa-onnx voice, tried first (needs the package sherpa-onnx-node)',
  }),
  speechSpeaker: whole(0, 10_000).prefault('0').register(notes, {
    placeholder: 'N',
    help: 'which of its speakers, numbered from 0, where it has several',
  }),
  speechUrl: text.optional().register(notes, {
    placeholder: 'URL',
    help: "a server with OpenAI's /v1/audio/speech, tried before the built-in voice",
  }),
  speechModel: text.default('tts-1').register(notes, { placeholder: 'NAME', help: 'its model' }),
  speechVoice: text.default('alloy').register(notes, { placeholder: 'NAME', help: 'its voice' }),
  speechKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'its API key (better in the environment or the file than in a flag)',
    secret: true,
  }),
  speechTimeout: someTime.prefault('10s').register(notes, {
    placeholder: 'TIME',
    help: 'how long a voice may take for a text, at each attempt',
  }),
  speechRetries: whole(0, 10).prefault('1').register(notes, {
    placeholder: 'N',
    help: 'further attempts with a voice that failed, before the next one is asked',
  }),
  speechPatience: someTime.prefault('60s').register(notes, {
    placeholder: 'TIME',
    help: 'how long a text waits while a voice speaks others, before the next one is asked',
  }),
  speechProcesses: whole(1, 64).prefault('2').register(notes, {
    placeholder: 'N',
    help: 'processes of the built-in voice at most: so many texts does it speak at once',
  }),
  speechCacheSize: octets.prefault('512MB').register(notes, {
    placeholder: 'BYTES',
    help: 'spoken texts kept on disk at most, such as 512MB; 0 for none',
  }),
};
