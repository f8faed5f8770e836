import { expect, it } from 'vitest';
import type { RevisedStore, TemplateStore, VoiceFileStore } from '../../src/accounts/ports.ts';
import type { Revised, Revision } from '../../src/accounts/revision.ts';
import type { Template, TemplateContent } from '../../src/accounts/template.ts';
import type { VoiceFile, VoiceFileContent } from '../../src/accounts/voice-file.ts';
import { START } from './samples.ts';

interface Samples<Content, Subject> {
  readonly idOf: (subject: Subject) => string;
  /** The same subject, with other revisions. */
  readonly subject: (spId: string, id: string, revisions: Revised<Content>) => Subject;
  /** Two that differ in every member. */
  readonly contents: readonly [Content, Content];
}

const voiceFiles: Samples<VoiceFileContent, VoiceFile> = {
  idOf: ({ name }) => name,
  subject: (spId, name, revisions) => ({ spId, name, createdAt: START, ...revisions }),
  contents: [
    {
      description: '',
      sound: 'a'.repeat(32),
      source: { container: 'WAV', description: 'WAV, A-law, 8000 Hz, mono', size: 8058 },
      duration: 1000,
    },
    {
      description: '给客户的通知',
      sound: 'b'.repeat(32),
      source: { container: 'Ogg Opus', description: 'Ogg Opus, 48000 Hz, stereo', size: 6_291_456 },
      duration: 262_136,
    },
  ],
};

const templates: Samples<TemplateContent, Template> = {
  idOf: ({ templateId }) => templateId,
  subject: (spId, templateId, revisions) => {
    const [createdAt, updatedAt] = [START, START + revisions.latest.number];
    return { spId, templateId, name: '密码', speed: -200, createdAt, updatedAt, ...revisions };
  },
  contents: [{ text: '请于${DATE},${TIME}前领取您的快递。' }, { text: `您${'好'.repeat(299)}` }],
};

/** What every VoiceFileStore does. `open` gives an empty one. */
export const voiceFileStoreContract = (open: () => Promise<VoiceFileStore>): void =>
  revisedStoreContract(open, voiceFiles);

/** What every TemplateStore does. `open` gives an empty one. */
export const templateStoreContract = (open: () => Promise<TemplateStore>): void =>
  revisedStoreContract(open, templates);

function revisedStoreContract<Content, Subject extends Revised<Content>>(
  open: () => Promise<RevisedStore<Content, Subject>>,
  { idOf, subject, contents }: Samples<Content, Subject>,
): void {
  const pending = (number: number, changed: Partial<Revision<Content>> = {}): Revision<Content> => ({
    number,
    state: 'pending',
    content: contents[number % 2]!,
    submittedAt: START + number,
    ...changed,
  });
  const sample = (id: string, spId = 'sp-1'): Subject => subject(spId, id, { latest: pending(1) });

  it('keeps every member of a subject and its revisions', async () => {
    const store = await open();
    const approved = pending(1, {
      state: 'approved',
      submittedBy: 'mei',
      reviewedAt: START + 5,
      reviewedBy: '李',
    });
    const rejected = pending(2, { ...approved, number: 2, state: 'rejected', reason: 'too loud' });
    const first = subject('sp-1', 'full.wav', { latest: approved, inService: approved });
    const full = subject('sp-1', 'full.wav', { latest: rejected, inService: approved });
    await store.put(sample('plain.wav'));
    await store.put(first);
    expect(await store.find('sp-1', 'full.wav')).toEqual(first);
    await store.put(full);
    expect(await store.find('sp-1', 'plain.wav')).toEqual(sample('plain.wav'));
    expect(await store.find('sp-1', 'full.wav')).toEqual(full);
    expect(await store.find('sp-1', 'none.wav')).toBeUndefined();
    expect(await store.list('sp-1')).toEqual([sample('plain.wav'), full]);
    expect(await store.revisions('sp-1', 'full.wav')).toEqual([approved, rejected]);
  });

  it('keeps the change of a revision that is not the latest', async () => {
    const store = await open();
    const approved = pending(1, { state: 'approved' });
    const latest = pending(2);
    await store.put(subject('sp-1', 'a.wav', { latest: approved, inService: approved }));
    await store.put(subject('sp-1', 'a.wav', { latest, inService: approved }));
    const withdrawn = pending(1, { state: 'rejected', reason: 'wrong number' });
    await store.put(subject('sp-1', 'a.wav', { latest }), withdrawn);
    expect(await store.find('sp-1', 'a.wav')).toEqual(subject('sp-1', 'a.wav', { latest }));
    expect(await store.revisions('sp-1', 'a.wav')).toEqual([withdrawn, latest]);
  });

  it('tells names apart by their letters, and accounts', async () => {
    const store = await open();
    const subjects = [sample('a.wav'), sample('A.wav'), sample('b.wav', 'sp-2')];
    for (const each of subjects) await store.put(each);
    expect(await store.find('sp-1', 'A.wav')).toEqual(subjects[1]);
    expect(await store.find('sp-2', 'a.wav')).toBeUndefined();
    expect(await store.list('sp-1')).toEqual([subjects[0], subjects[1]]);
    expect(await store.list('sp-2')).toEqual([subjects[2]]);
    expect(await store.list()).toEqual(subjects);
  });

  it('lists in order of creation, what is changed in its old place', async () => {
    const store = await open();
    for (const id of ['b.wav', 'a.wav', 'c.wav']) await store.put(sample(id));
    const changed = subject('sp-1', 'a.wav', { latest: pending(2, { state: 'approved' }) });
    await store.put(changed);
    const list = await store.list('sp-1');
    expect(list.map(idOf)).toEqual(['b.wav', 'a.wav', 'c.wav']);
    expect(list[1]).toEqual(changed);
  });

  it('forgets what is removed, once or twice, and no other, but not its revisions', async () => {
    const store = await open();
    await store.put(sample('a.wav'));
    await store.put(sample('b.wav', 'sp-2'));
    await store.remove('sp-2', 'a.wav');
    await store.remove('sp-1', 'a.wav');
    await store.remove('sp-1', 'a.wav');
    expect((await store.list()).map(idOf)).toEqual(['b.wav']);
    expect(await store.revisions('sp-1', 'a.wav')).toEqual([pending(1)]);
  });
}
