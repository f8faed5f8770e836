/** Whose objects are shown: users have their account, the operator chooses one or sees all. */
import i18next from 'i18next';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from './api/client.ts';
import { problemText } from './i18n/codes.ts';
import { Select } from './parts/controls.tsx';
import { say } from './parts/toasts.tsx';
import type { Account, Who } from './api/types.ts';
import { useWho } from './session.tsx';

const CHOSEN = 'ovc-account';

/** Whose objects are meant where no account is named. */
const DEFAULT_ACCOUNT = 'openvoicecall';

interface Choice {
  /** Absent: all of them, or the user's own. */
  readonly account: string | undefined;
  readonly choose: (account: string | undefined) => void;
}

const Chosen = createContext<Choice>({ account: undefined, choose: () => {} });

export function AccountProvider({ children }: { children: ReactNode }): ReactNode {
  const isOperator = useWho().kind === 'operator';
  const [kept, setKept] = useState(() => sessionStorage.getItem(CHOSEN) ?? undefined);
  const account = isOperator ? kept : undefined;
  const choice = useMemo(() => {
    const choose = (chosen: string | undefined): void => {
      if (chosen === undefined) sessionStorage.removeItem(CHOSEN);
      else sessionStorage.setItem(CHOSEN, chosen);
      setKept(chosen);
    };
    return { account, choose };
  }, [account]);
  return <Chosen value={choice}>{children}</Chosen>;
}

/** The account that the operator chose to see; undefined: all of them. Of a user, the one they belong to. */
export function useAccount(): string | undefined {
  const who = useWho();
  const { account } = useContext(Chosen);
  return who.kind === 'user' ? who.account : account;
}

export type Right = Who['rights'][number];

export const useMay = (right: Right): boolean => useWho().rights.includes(right);

/** A path of the API for the account that is chosen. */
function pathFor(path: string, account: string | undefined): string {
  if (account === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}account=${encodeURIComponent(account)}`;
}

export function useAccountPath(): (path: string) => string {
  const { account } = useContext(Chosen);
  return useCallback((path: string) => pathFor(path, account), [account]);
}

/** What the API answers at a path, for the account that is chosen. */
export function useRead<T>(
  path: string,
  { enabled, refetchInterval }: { enabled?: boolean; refetchInterval?: number } = {},
): UseQueryResult<T> {
  const full = useAccountPath()(path);
  return useQuery({
    queryKey: ['read', full],
    queryFn: () => api<T>('GET', full),
    enabled,
    refetchInterval,
  });
}

export type Change = <T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  /** Whose object it is, where that is known better than by the choice; null: of nobody. */
  owner?: string | null,
) => Promise<T>;

/** Changes something; what is shown is read again. Rejects with ApiError. */
export function useChange(): Change {
  const client = useQueryClient();
  const { account } = useContext(Chosen);
  return useCallback(
    async <T,>(method: string, path: string, body?: unknown, owner?: string | null) => {
      const of = owner === undefined ? account : (owner ?? undefined);
      const answer = await api<T>(method, pathFor(path, of), body);
      void client.invalidateQueries();
      return answer;
    },
    [client, account],
  );
}

const sayFailure = (error: unknown): void =>
  say({ text: problemText(i18next.language, error).message, tone: 'bad' });

/** A change that needs no words but whether it worked. */
export function useQuickChange(): (...change: Parameters<Change>) => void {
  const { t } = useTranslation();
  const change = useChange();
  return (...parameters) => {
    change(...parameters).then(() => say({ text: t('ops.done'), tone: 'good' }), sayFailure);
  };
}

/** A change that can be taken back: it is offered for a while. */
export function useReversibleChange(): (
  done: string,
  there: Parameters<Change>,
  back: Parameters<Change>,
) => void {
  const { t } = useTranslation();
  const change = useChange();
  return (done, there, back) => {
    const undo = (): void => {
      change(...back).then(() => say({ text: t('ops.undone'), tone: 'good' }), sayFailure);
    };
    change(...there).then(() => say({ text: done, tone: 'good', undo }), sayFailure);
  };
}

/** The account whose objects are meant; undefined: all of them. */
export function useScope(): string | undefined {
  const { account } = useContext(Chosen);
  const { account: own } = useWho();
  return account ?? own;
}

/** Shows what belongs to one account, whichever the operator chose to see. */
export function WithAccount({ account, children }: { account: string; children: ReactNode }): ReactNode {
  const isOperator = useWho().kind === 'operator';
  const choice = useMemo(
    () => ({ account: isOperator ? account : undefined, choose: () => {} }),
    [isOperator, account],
  );
  return <Chosen value={choice}>{children}</Chosen>;
}

/** Of what exists account by account, where the operator looks at all of them: whose these are. */
export function OneAccount(): ReactNode {
  const { t } = useTranslation();
  if (useScope() !== undefined) return null;
  return (
    <p role="note" className="mb-4 rounded-lg border border-line bg-raised px-3 py-2">
      {t('oneAccount.hint', { account: DEFAULT_ACCOUNT })}
    </p>
  );
}

const useAccounts = (): readonly Account[] => {
  const isOperator = useWho().kind === 'operator';
  const { data } = useQuery({
    queryKey: ['accounts'],
    queryFn: () => api<{ accounts: Account[] }>('GET', '/accounts'),
    enabled: isOperator,
  });
  return data?.accounts ?? [];
};

/** What an account is called, where that is known; else its id. */
export function useAccountName(): (spId: string) => string {
  const accounts = useAccounts();
  return (spId) => accounts.find((account) => account.spId === spId)?.name ?? spId;
}

const ALL = '*all';

export function AccountChoice(): ReactNode {
  const { t } = useTranslation();
  const { account, choose } = useContext(Chosen);
  const accounts = useAccounts();
  const choices = [
    { id: ALL, text: t('ops.allAccounts') },
    ...accounts.map(({ spId, name }) => ({ id: spId, text: name })),
  ];
  return (
    <Select
      label={t('signIn.account')}
      value={account ?? ALL}
      choices={choices}
      onChange={(id) => choose(id === ALL ? undefined : id)}
    />
  );
}
