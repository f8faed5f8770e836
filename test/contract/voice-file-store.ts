import { expect, it } from 'vitest';
import type { VoiceFileStore } from '../../src/accounts/ports.ts';
import type { VoiceFile } from '../../src/accounts/voice-file.ts';
import { START } from './samples.ts';

const sampleFile = (name: string, changed: Partial<VoiceFile> = {}): VoiceFile => ({
  spId: 'sp-1',
  name,
  description: '',
  state: 'pending',
  revision: `revision-of-${name}`,
  source: { container: 'WAV', description: 'WAV, A-law, 8000 Hz, mono', size: 8058 },
  duration: 1000,
  createdAt: START,
  uploadedAt: START,
  ...changed,
});

/** What every VoiceFileStore does. `open` gives an empty one. */
export function voiceFileStoreContract(open: () => Promise<VoiceFileStore>): void {
  it('keeps every member of a file', async () => {
    const store = await open();
    const full = sampleFile('full.wav', {
      description: '给客户的通知',
      state: 'rejected',
      reason: 'too loud',
      source: { container: 'Ogg Opus', description: 'Ogg Opus, 48000 Hz, stereo', size: 6_291_456 },
      duration: 262_136,
      uploadedAt: START + 5,
    });
    await store.putVoiceFile(sampleFile('plain.wav'));
    await store.putVoiceFile(full);
    expect(await store.voiceFile('sp-1', 'plain.wav')).toEqual(sampleFile('plain.wav'));
    expect(await store.voiceFile('sp-1', 'full.wav')).toEqual(full);
    expect(await store.voiceFile('sp-1', 'none.wav')).toBeUndefined();
  });

  it('tells names apart by their letters, and accounts', async () => {
    const store = await open();
    const files = [
      sampleFile('a.wav'),
      sampleFile('A.wav'),
      sampleFile('a.wav', { spId: 'sp-2', revision: 'other' }),
    ];
    for (const file of files) await store.putVoiceFile(file);
    for (const file of files) expect(await store.voiceFile(file.spId, file.name)).toEqual(file);
    expect(await store.voiceFiles('sp-1')).toEqual([files[0], files[1]]);
    expect(await store.voiceFiles('sp-2')).toEqual([files[2]]);
    expect(await store.voiceFiles()).toEqual(files);
  });

  it('puts a file in place of the one of its name, which keeps its place in the list', async () => {
    const store = await open();
    for (const name of ['b.wav', 'a.wav', 'c.wav'])
      await store.putVoiceFile(sampleFile(name, { state: 'rejected', reason: 'old' }));
    const replaced = sampleFile('b.wav', { revision: 'new', state: 'approved' });
    await store.putVoiceFile(replaced);
    const files = await store.voiceFiles('sp-1');
    expect(files.map(({ name }) => name)).toEqual(['b.wav', 'a.wav', 'c.wav']);
    expect(files[0]).toEqual(replaced);
  });

  it('forgets a file that is removed, once or twice, and no other', async () => {
    const store = await open();
    await store.putVoiceFile(sampleFile('a.wav'));
    await store.putVoiceFile(sampleFile('a.wav', { spId: 'sp-2', revision: 'other' }));
    await store.removeVoiceFile('sp-1', 'a.wav');
    await store.removeVoiceFile('sp-1', 'a.wav');
    expect((await store.voiceFiles()).map(({ spId }) => spId)).toEqual(['sp-2']);
  });
}
