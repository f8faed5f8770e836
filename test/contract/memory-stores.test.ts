import { describe } from 'vitest';
import { MemoryTemplates, MemoryVoiceFiles } from '../support/memory-stores.ts';
import { templateStoreContract } from './template-store.ts';
import { voiceFileStoreContract } from './voice-file-store.ts';

describe('the memory stores of tests', () => {
  describe('voice files', () => voiceFileStoreContract(async () => new MemoryVoiceFiles()));
  describe('templates', () => templateStoreContract(async () => new MemoryTemplates()));
});
