/** What the palette offers. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useAccountPath, useMay, useRead } from '../account.tsx';
import { api } from '../api/client.ts';
import type { App, Call, DisplayNumber } from '../api/types.ts';
import { type Language, languages, speak } from '../i18n/i18n.ts';
import { groups } from '../pages/pages.tsx';
import { queryOf } from '../pages/call-filters.tsx';
import { signOut, useWho } from '../session.tsx';
import { chooseTheme } from '../theme.ts';

export interface Command {
  readonly id: string;
  readonly text: string;
  /** What stands small beside it. */
  readonly more?: string;
  /** By what else it is found. */
  readonly words?: string;
  readonly run: () => void;
}

export interface Section {
  readonly id: 'pages' | 'actions' | 'calls' | 'apps' | 'numbers';
  readonly commands: readonly Command[];
}

const holds = (text: string, sought: string): boolean => text.toLowerCase().includes(sought);

/** ms after the last key until the platform is asked. */
const PAUSE = 150;

/** Enough of a number or session id to ask for calls. */
const LEAST = 5;

/** What to ask the list of calls for; undefined where it is neither a number nor a session id. */
function queryFor(typed: string): string | undefined {
  // A number is known by its plus sign, which few type.
  const bare = typed.replaceAll(/[\s().-]/g, '');
  const find = /^\d{7,}$/.test(bare) ? `+${bare}` : typed;
  if (find.length < LEAST || !/\d/.test(find)) return undefined;
  const query = queryOf({ find });
  query.set('limit', '8');
  return query.toString();
}

function useCalls(typed: string): readonly Call[] {
  const seesNumbers = useMay('manage');
  const pathOf = useAccountPath();
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const asked = queryFor(settled);
  const query = asked !== undefined && (seesNumbers || !asked.includes('number=')) ? asked : undefined;
  const path = pathOf(`/calls?${query ?? ''}`);
  const { data } = useQuery({
    queryKey: ['palette', path],
    queryFn: () => api<{ calls: Call[] }>('GET', path),
    enabled: query !== undefined,
    // No number after all, or one that may not be searched by: there is nothing to offer.
    retry: false,
  });
  return query === undefined ? [] : (data?.calls ?? []);
}

function useActions(onShortcuts: () => void): readonly Command[] {
  const { t, i18n } = useTranslation();
  const [, navigate] = useLocation();
  const mayPlace = useMay('manage');
  const others = (Object.keys(languages) as Language[]).filter((id) => id !== i18n.language);
  return [
    ...(mayPlace ? [{ id: 'place', text: t('palette.place'), run: () => navigate('/') }] : []),
    ...others.map((id) => ({
      id: `language-${id}`,
      text: `${t('app.language')}: ${languages[id]}`,
      run: () => speak(id),
    })),
    ...(['light', 'dark', 'system'] as const).map((id) => ({
      id: `theme-${id}`,
      text: `${t('app.theme')}: ${t(`app.themes.${id}`)}`,
      run: () => chooseTheme(id),
    })),
    { id: 'shortcuts', text: t('palette.shortcuts'), more: '?', run: onShortcuts },
    { id: 'sign-out', text: t('app.signOut'), run: () => void signOut() },
  ];
}

/** Applications and numbers are named only once somebody types: there may be many. */
const MOST = 8;

/** @param onShortcuts opens their list */
export function useSections(typed: string, onShortcuts: () => void): readonly Section[] {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { rights } = useWho();
  const sought = typed.trim().toLowerCase();
  const { data: apps } = useRead<{ apps: App[] }>('/apps');
  const { data: numbers } = useRead<{ numbers: DisplayNumber[] }>('/numbers');
  const calls = useCalls(typed);
  const actions = useActions(onShortcuts);
  const pages = groups.flatMap((group) =>
    group.pages
      .filter(({ right }) => rights.includes(right))
      .map(({ path, text }) => ({
        id: path,
        text: t(`nav.${text}`),
        more: t(`nav.groups.${group.name}`),
        words: path,
        run: () => navigate(path),
      })),
  );
  const filtered = (commands: readonly Command[]): Command[] =>
    commands.filter(({ text, more = '', words = '' }) => holds(`${text} ${more} ${words}`, sought));
  const sections: Section[] = [
    {
      id: 'calls',
      commands: calls.map(({ sessionId, state }) => ({
        id: sessionId,
        text: sessionId,
        more: t(`call.state.${state}`),
        run: () => navigate(`/console/calls/${encodeURIComponent(sessionId)}`),
      })),
    },
    { id: 'pages', commands: filtered(pages) },
    { id: 'actions', commands: filtered(actions) },
  ];
  if (sought === '') return sections;
  const found = filtered(
    (apps?.apps ?? []).map(({ appKey, name }) => ({
      id: `app-${appKey}`,
      text: name,
      more: appKey,
      run: () => navigate(`/console/calls?appKey=${encodeURIComponent(appKey)}`),
    })),
  );
  const shown = filtered(
    (numbers?.numbers ?? []).map(({ number, appKey }) => ({
      id: `number-${number}`,
      text: number,
      more: apps?.apps.find((app) => app.appKey === appKey)?.name ?? appKey,
      run: () => navigate('/console/numbers'),
    })),
  );
  sections.push({ id: 'apps', commands: found.slice(0, MOST) });
  sections.push({ id: 'numbers', commands: shown.slice(0, MOST) });
  return sections;
}
