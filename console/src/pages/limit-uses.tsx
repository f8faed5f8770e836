/** What a limit for each counts, one by one. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useRead } from '../account.tsx';
import type { Limit, LimitUse } from '../api/types.ts';
import { Dialog } from '../parts/dialogs.tsx';
import { Meter } from '../parts/meter.tsx';
import { type Column, List } from '../parts/table.tsx';
import { amounts, limitPath, useAppName, useLimitName } from './limit-words.ts';

/** ms between looks. */
const LOOK = 2_000;

export function LimitUses({ limit, onClose }: { limit: Limit; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const name = useLimitName()(limit);
  const appName = useAppName();
  // The operator sees limits of all accounts; of each there is one of this name.
  const isOfOther = useAccount() === undefined && limit.account !== undefined;
  const query = isOfOther ? `?account=${encodeURIComponent(limit.account ?? '')}` : '';
  const { data, error, refetch } = useRead<{ use: LimitUse[] }>(`${limitPath(limit)}${query}`, {
    refetchInterval: LOOK,
  });
  const columns: Column<LimitUse>[] = [
    {
      title: t('limits.subject'),
      cell: ({ subject }) => (limit.scope === 'app' ? appName(subject) : subject),
      look: limit.scope === 'app' ? '' : 'font-mono text-sm',
    },
    ...amounts.flatMap(({ amount, count }) => {
      const allowed = limit[amount];
      if (allowed === undefined) return [];
      const cell = (use: LimitUse): ReactNode => <Meter used={use[count]} allowed={allowed} />;
      return [{ title: t(`limits.amounts.${amount}`), cell }];
    }),
  ];
  return (
    <Dialog title={t('limits.useOf', { name })} onClose={onClose}>
      <p className="text-muted">{t('limits.useText')}</p>
      <List
        title={t('limits.useOf', { name })}
        columns={columns}
        rows={data?.use}
        keyOf={(_use, index) => index}
        error={error}
        onRetry={() => void refetch()}
        empty={t('limits.nobody')}
      />
    </Dialog>
  );
}
