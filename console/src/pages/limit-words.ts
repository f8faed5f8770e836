/** What the pages on limits call things. */
import { useTranslation } from 'react-i18next';
import { useRead } from '../account.tsx';
import type { App, Limit, LimitUse } from '../api/types.ts';

/** Stands for each that has no limit of its own. */
export const EACH = '*';

export const scopes = ['platform', 'trunk', 'account', 'app', 'number', 'callee'] as const;

/** What may be limited, and where it is counted. */
export const amounts = [
  { amount: 'callsPerSecond', count: 'lastSecond' },
  { amount: 'callsPerMinute', count: 'lastMinute' },
  { amount: 'callsPerDay', count: 'today' },
  { amount: 'concurrentCalls', count: 'running' },
  { amount: 'voicePorts', count: 'voicePorts' },
  { amount: 'requestsPerMinute', count: 'requestsLastMinute' },
] as const satisfies readonly { amount: keyof Limit; count: keyof LimitUse }[];

export type LimitName = Pick<Limit, 'scope' | 'subject'>;

export const limitPath = ({ scope, subject }: LimitName): string =>
  `/limits/${scope}/${encodeURIComponent(subject)}`;

/** The names of applications, by their keys; a key of which nothing is known stands for itself. */
export function useAppName(): (appKey: string) => string {
  const apps = useRead<{ apps: App[] }>('/apps').data?.apps ?? [];
  return (appKey) => apps.find((app) => app.appKey === appKey)?.name ?? appKey;
}

/** Whom a limit is about, in words. */
export function useLimitName(): (limit: LimitName) => string {
  const { t } = useTranslation();
  const appName = useAppName();
  return ({ scope, subject }) => {
    if (subject === EACH) return t(`limits.each.${scope}`);
    return `${t(`limits.scopes.${scope}`)} ${scope === 'app' ? appName(subject) : subject}`;
  };
}
