import { expect, it } from 'vitest';
import type { TemplateStore } from '../../src/accounts/ports.ts';
import type { Template } from '../../src/accounts/template.ts';
import { START } from './samples.ts';

const sampleTemplate = (templateId: string, changed: Partial<Template> = {}): Template => ({
  templateId,
  spId: 'sp-1',
  name: 'Parcel',
  content: '请于${DATE},${TIME}前领取您的快递。',
  speed: 0,
  state: 'pending',
  createdAt: START,
  updatedAt: START,
  ...changed,
});

/** What every TemplateStore does. `open` gives an empty one. */
export function templateStoreContract(open: () => Promise<TemplateStore>): void {
  it('keeps every member of a template', async () => {
    const store = await open();
    const full = sampleTemplate('full', {
      name: '密码',
      content: `您${'好'.repeat(299)}`,
      speed: -200,
      state: 'rejected',
      reason: '账号密码',
      updatedAt: START + 9,
    });
    await store.putTemplate(sampleTemplate('plain'));
    await store.putTemplate(full);
    expect(await store.template('sp-1', 'plain')).toEqual(sampleTemplate('plain'));
    expect(await store.template('sp-1', 'full')).toEqual(full);
  });

  it('shows a template to its account only', async () => {
    const store = await open();
    await store.putTemplate(sampleTemplate('a'));
    await store.putTemplate(sampleTemplate('b', { spId: 'sp-2' }));
    expect(await store.template('sp-2', 'a')).toBeUndefined();
    expect((await store.templates('sp-2')).map(({ templateId }) => templateId)).toEqual(['b']);
    await store.removeTemplate('sp-2', 'a');
    expect(await store.template('sp-1', 'a')).toBeDefined();
  });

  it('lists templates in order of creation, a changed one in its old place', async () => {
    const store = await open();
    for (const id of ['c', 'a', 'b'])
      await store.putTemplate(sampleTemplate(id, { state: 'rejected', reason: 'old' }));
    await store.putTemplate(sampleTemplate('a', { state: 'approved' }));
    const templates = await store.templates('sp-1');
    expect(templates.map(({ templateId }) => templateId)).toEqual(['c', 'a', 'b']);
    expect(templates[1]).toEqual(sampleTemplate('a', { state: 'approved' }));
  });

  it('forgets a template that is removed, once or twice', async () => {
    const store = await open();
    await store.putTemplate(sampleTemplate('a'));
    await store.removeTemplate('sp-1', 'a');
    await store.removeTemplate('sp-1', 'a');
    expect(await store.templates('sp-1')).toEqual([]);
  });
}
