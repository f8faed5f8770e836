import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { LARGEST_VOICE_FILE } from '../../../src/accounts/voice-file.ts';
import { VoiceFileRefusal } from '../../../src/accounts/voice-file-refusal.ts';
import { tone } from '../../../src/audio/tone.ts';
import { encodeG711 } from '../../../src/audio/g711.ts';
import { parseWav, writeG711Wav } from '../../../src/audio/wav.ts';
import { convert } from '../../../src/prompts/convert.ts';
import type { FuzzTarget } from '../engine/target.ts';

const directory = new URL('../../torture/voice-files/', import.meta.url);
/** Longer ones cost more time than they reach code. */
const LONGEST = 24 * 1_024;

const seeds = readdirSync(directory)
  .filter((name) => /\.(wav|mp3|flac|opus|ogg)$/.test(name) && !name.startsWith('bomb'))
  .sort()
  .map((name) => readFileSync(new URL(name, directory)))
  .filter(({ length }) => length <= LONGEST);

/** An upload, as the thread that converts uploads gets it. Decoders of others are part of it. */
export const voiceFileTarget: FuzzTarget = {
  name: 'voice-file',
  sources: ['prompts/', 'audio/wav', 'audio/resample', 'audio/loudness'],
  seeds: [...seeds, Buffer.from(writeG711Wav('PCMA', encodeG711('PCMA', tone([440], 50)))), Buffer.alloc(0)],
  words: [
    'RIFF',
    'WAVE',
    'fmt ',
    'data',
    'LIST',
    'fLaC',
    'OggS',
    'OpusHead',
    'OpusTags',
    'ID3',
    'TAG',
    'Xing',
    'Info',
    '\u00ff\u00fb',
    '\u0000\u0000\u0000\u0000',
    '\u00ff\u00ff\u00ff\u00ff',
    'RF64',
    '#!AMR',
  ],
  longest: LONGEST,
  run: async (input) => {
    try {
      const { wav, duration } = await convert(input);
      assert.ok(wav.length <= LARGEST_VOICE_FILE, `${wav.length} octets`);
      assert.ok(duration >= 0 && Number.isFinite(duration));
      parseWav(wav);
    } catch (error) {
      if (!(error instanceof VoiceFileRefusal)) throw error;
    }
  },
};
