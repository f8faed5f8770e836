import { describe } from 'vitest';
import { MemoryTemplates, MemoryVoiceFiles } from '../support/memory-stores.ts';
import { templateStoreContract, voiceFileStoreContract } from './revised-store.ts';

describe('the memory stores of tests', () => {
  describe('voice files', () => voiceFileStoreContract(async () => new MemoryVoiceFiles()));
  describe('templates', () => templateStoreContract(async () => new MemoryTemplates()));
});
