/** The voices that say texts. */
import { z } from 'zod';
import { notes, text } from './kinds.ts';

export const speechSettings = {
  promptLanguage: z
    .enum(['zh', 'en'], { error: 'must be zh or en' })
    .default('zh')
    .register(notes, { placeholder: 'LANGUAGE', help: "of the platform's own prompts: zh or en" }),
  speechModels: text.optional().register(notes, {
    placeholder: 'DIR',
    help: 'folder of a sherpa-onnx voice, tried first (needs the package sherpa-onnx-node)',
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
};
