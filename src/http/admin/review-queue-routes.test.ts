import { afterEach, beforeEach, expect, it } from 'vitest';
import { TemplateAdministration } from '../../accounts/template-administration.ts';
import { tone } from '../../audio/tone.ts';
import { writeWav } from '../../audio/wav.ts';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
  await platform.accounts.putAccount({ spId: 'cars', name: 'Cars', state: 'active', createdAt: 0 });
});
afterEach(() => platform.close());

const waiting = async (account = ''): Promise<object> =>
  (await platform.admin<object>('GET', `/admin/v1/reviews${account}`)).body;

it('is what waits for a review, of all accounts or of one, the longest waiting first', async () => {
  const { templateId } = await platform.templates.create({ name: 'Greeting', content: '您好' }, 'cars');
  await platform.clock.advance(1_000);
  const wav = await platform.voiceFiles.submit({
    name: 'one.wav',
    source: writeWav(tone([440], 500)),
    by: 'mei',
  });
  await platform.templates.create({ name: 'Known', content: '您好', approve: true });
  const file = {
    kind: 'voice-file',
    account: 'openvoicecall',
    id: 'one.wav',
    name: 'one.wav',
    revision: 1,
    submittedAt: '2026-01-01T00:00:01.000Z',
    submittedBy: 'mei',
  };
  const template = {
    kind: 'template',
    account: 'cars',
    id: templateId,
    name: 'Greeting',
    revision: 1,
    submittedAt: '2026-01-01T00:00:00.000Z',
  };
  expect(await waiting()).toEqual({ reviews: [template, file] });
  expect(await waiting('?account=cars')).toEqual({ reviews: [template] });
  await platform.voiceFiles.approve(wav.file.name);
  await platform.templates.reject(templateId, 'Say who calls.', {}, 'cars');
  expect(await waiting()).toEqual({ reviews: [] });
});

it('is empty where the platform approves all that is submitted', async () => {
  const templates = new TemplateAdministration({
    store: platform.templateStore,
    now: () => platform.clock.now(),
    random: { integer: (below) => below - 1 },
    approvesAll: true,
  });
  const { templateId } = await templates.create({ name: 'Greeting', content: '您好', by: 'mei' });
  await templates.update(templateId, { content: '再见', by: 'mei' });
  expect(await templates.find(templateId)).toMatchObject({
    latest: { number: 2, state: 'approved', submittedBy: 'mei', reviewedBy: 'platform' },
    inService: { number: 2 },
  });
  expect(await waiting()).toEqual({ reviews: [] });
});
