/** What calls say: voice files, voices that say texts, and the platform's own prompts. */
import { join } from 'node:path';
import { soundsOf } from '../accounts/voice-file.ts';
import { waitingTone } from '../audio/tone.ts';
import type { Config } from '../config/config.ts';
import { StoredPrompts } from '../prompts/prompt-library.ts';
import { VoiceFileFolder } from '../prompts/voice-file-folder.ts';
import { EspeakProvider } from '../speech/espeak/espeak.ts';
import { OpenAiSpeechProvider } from '../speech/openai.ts';
import { PromptCache } from '../speech/prompt-cache.ts';
import type { SpeechProvider } from '../speech/provider.ts';
import { SherpaProvider } from '../speech/sherpa.ts';
import { Speech } from '../speech/speech.ts';
import { systemPromptText } from '../speech/system-prompts.ts';
import type { Store } from '../store/store.ts';
import { type Base, clock } from './base.ts';

export interface SpeechParts {
  readonly voiceFileFolder: VoiceFileFolder;
  readonly prompts: StoredPrompts;
}

export async function startSpeech(base: Base, store: Store): Promise<SpeechParts> {
  const { config, parts } = base;
  const voiceFileFolder = new VoiceFileFolder(join(config.data, 'voice-files'));
  await voiceFileFolder.sweep(new Set((await store.voiceFiles.list()).flatMap(soundsOf)));
  const speech = parts.adopt(speechOf(base), (opened) => opened.close());
  const prompts = new StoredPrompts({
    files: store.voiceFiles,
    archive: voiceFileFolder,
    speech,
    tones: { waiting: waitingTone() },
    language: config.promptLanguage,
    codeLanguage: config.codeLanguage,
    systemText: systemPromptText,
  });
  return { voiceFileFolder, prompts };
}

/** The voices, best first; the built-in one is always there. Throws where a model's folder or package is missing. */
export function speechProviders(config: Config): SpeechProvider[] {
  const { speechModels, speechSpeaker, speechUrl, speechModel, speechVoice, speechKey } = config;
  return [
    ...(speechModels === undefined
      ? []
      : [new SherpaProvider({ clock, folder: speechModels, speaker: speechSpeaker })]),
    ...(speechUrl === undefined
      ? []
      : [
          new OpenAiSpeechProvider({
            url: speechUrl,
            model: speechModel,
            voice: speechVoice,
            apiKey: speechKey,
          }),
        ]),
    new EspeakProvider({ clock, processes: config.speechProcesses }),
  ];
}

function speechOf({ config, metrics, log }: Base): Speech {
  const { speechCacheSize: disk, speechTimeout: timeout, speechPatience: patience } = config;
  const folder = disk === 0 ? undefined : join(config.data, 'speech-cache');
  const cache = new PromptCache({ folder, disk, log, clock });
  const providers = speechProviders(config);
  const retries = config.speechRetries;
  return new Speech({ providers, cache, log, clock, timeout, patience, retries, observer: metrics.speech });
}
