/** The pages, where they are and who may see them; each but the first is loaded when it is opened. */
import { type ComponentType, lazy } from 'react';
import type { Right } from '../account.tsx';
import type { Texts } from '../i18n/en.ts';
import { TryPage } from './try-page.tsx';

/** A page and the texts of all of them, which the first does without. */
const later = <Props extends object>(load: () => Promise<ComponentType<Props>>) =>
  lazy<ComponentType<Props>>(async () => {
    const [page] = await Promise.all([load(), import('../i18n/operator.ts')]);
    return { default: page };
  });

export const CallPage = later(async () => (await import('./call-page.tsx')).CallPage);

interface ConsolePage {
  readonly path: string;
  readonly text: Exclude<keyof Texts['nav'], 'groups'>;
  readonly right: Right;
  readonly Page: ComponentType;
}

interface Group {
  readonly name: keyof Texts['nav']['groups'];
  readonly pages: readonly ConsolePage[];
}

const page = (
  text: ConsolePage['text'],
  right: Right,
  load: () => Promise<ComponentType>,
  path = `/console/${text}`,
): ConsolePage => ({ path, text, right, Page: later(load) });

export const groups: readonly Group[] = [
  {
    name: 'calls',
    pages: [
      { path: '/', text: 'try', right: 'manage', Page: TryPage },
      page('live', 'read', async () => (await import('./live-page.tsx')).LivePage),
      page('calls', 'read', async () => (await import('./calls-page.tsx')).CallsPage),
      page('queue', 'read', async () => (await import('./queue-page.tsx')).QueuePage),
      page('refused', 'read', async () => (await import('./refused-page.tsx')).RefusedPage),
      page('statistics', 'read', async () => (await import('./statistics-page.tsx')).StatisticsPage),
      page('exports', 'read', async () => (await import('./exports-page.tsx')).ExportsPage),
      page('pushes', 'read', async () => (await import('./pushes-page.tsx')).PushesPage),
    ],
  },
  {
    name: 'material',
    pages: [
      page('apps', 'read', async () => (await import('./apps-page.tsx')).AppsPage),
      page('numbers', 'read', async () => (await import('./numbers-page.tsx')).NumbersPage),
      page('enterprises', 'read', async () => (await import('./enterprises-page.tsx')).EnterprisesPage),
      page('voice-files', 'read', async () => (await import('./voice-files-page.tsx')).VoiceFilesPage),
      page('templates', 'read', async () => (await import('./templates-page.tsx')).TemplatesPage),
      page('reviews', 'review', async () => (await import('./reviews-page.tsx')).ReviewsPage),
    ],
  },
  {
    name: 'protection',
    pages: [
      page('limits', 'read', async () => (await import('./limits-page.tsx')).LimitsPage),
      page('black-lists', 'read', async () => (await import('./black-lists-page.tsx')).BlackListsPage),
      page('guards', 'read', async () => (await import('./guards-page.tsx')).GuardsPage),
    ],
  },
  {
    name: 'people',
    pages: [
      page('own', 'read', async () => (await import('./own-page.tsx')).OwnPage),
      page('users', 'people', async () => (await import('./users-page.tsx')).UsersPage),
      page('audit', 'people', async () => (await import('./audit-page.tsx')).AuditPage),
    ],
  },
  {
    name: 'platform',
    pages: [
      page('accounts', 'operate', async () => (await import('./accounts-page.tsx')).AccountsPage),
      page('trunks', 'operate', async () => (await import('./trunks-page.tsx')).TrunksPage),
      page('upkeep', 'read', async () => (await import('./upkeep-page.tsx')).UpkeepPage),
    ],
  },
];

export const pages: readonly ConsolePage[] = groups.flatMap(({ pages: some }) => some);
