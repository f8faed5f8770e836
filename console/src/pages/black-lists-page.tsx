/** Numbers that are not called or not served, and addresses that are refused. */
import '../i18n/limits.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useQuickChange, useRead, useReversibleChange } from '../account.tsx';
import type { Barred, BlockedAddress } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, type Column, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

const roles = ['callee', 'caller'] as const;

const barredPath = ({ role, number }: Pick<Barred, 'role' | 'number'>): string =>
  `/barred-numbers/${role}/${encodeURIComponent(number)}`;

function BarForm({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('lists.bar')}
      text={t('lists.intro')}
      fields={[
        { name: 'number', label: t('lists.number'), hint: t('lists.numberHint'), isRequired: true },
        {
          name: 'role',
          label: t('lists.role'),
          kind: 'choice',
          choices: roles.map((id) => ({
            id,
            text: t(`lists.roles.${id}`),
            more: t(`lists.rolesMore.${id}`),
          })),
        },
        { name: 'note', label: t('lists.note'), hint: t('lists.noteHint') },
      ]}
      submit={t('lists.bar')}
      onSubmit={({ number, role, note }) =>
        change('PUT', barredPath({ number, role } as Pick<Barred, 'role' | 'number'>), { note })
      }
      onClose={onClose}
    />
  );
}

function useColumns(): readonly Column<Barred>[] {
  const { t } = useTranslation();
  const may = useMay('manage');
  const mayOperate = useMay('operate');
  const change = useReversibleChange();
  const columns: Column<Barred>[] = [
    { title: t('lists.number'), cell: ({ number }) => number, look: 'font-mono' },
    { title: t('lists.role'), cell: ({ role }) => t(`lists.roles.${role}`) },
    { title: t('lists.note'), cell: ({ note }) => note },
    { title: t('lists.since'), cell: ({ since }) => dateAndTime(since) },
  ];
  if (mayOperate) {
    columns.push({ title: t('limits.setBy'), cell: ({ account }) => account ?? t('limits.operator') });
  }
  if (may) {
    columns.push({
      title: t('ops.actions'),
      cell: (entry) => {
        const { number, note, account: owner = null } = entry;
        const path = barredPath(entry);
        return (
          <Actions>
            <Button
              onPress={() =>
                change(
                  t('lists.allowed', { number }),
                  ['DELETE', path, undefined, owner],
                  ['PUT', path, { note }, owner],
                )
              }
            >
              {t('ops.remove')}
            </Button>
          </Actions>
        );
      },
    });
  }
  return columns;
}

/** ms between looks at what is blocked. */
const LOOK = 10_000;

function BlockedAddresses(): ReactNode {
  const { t } = useTranslation();
  const change = useQuickChange();
  const { data, error, refetch } = useRead<{ addresses: BlockedAddress[] }>('/blocked-addresses', {
    refetchInterval: LOOK,
  });
  const columns: Column<BlockedAddress>[] = [
    { title: t('lists.address'), cell: ({ address }) => address, look: 'font-mono' },
    { title: t('lists.until'), cell: ({ until }) => dateAndTime(until) },
    {
      title: t('ops.actions'),
      cell: ({ address }) => (
        <Actions>
          <Button onPress={() => change('DELETE', `/blocked-addresses/${encodeURIComponent(address)}`)}>
            {t('lists.unblock')}
          </Button>
        </Actions>
      ),
    },
  ];
  return (
    <>
      <h2 className="mt-6 mb-1 text-lg font-semibold">{t('lists.blocked')}</h2>
      <p className="mb-3 text-muted">{t('lists.blockedIntro')}</p>
      <List
        title={t('lists.blocked')}
        columns={columns}
        rows={data?.addresses}
        keyOf={({ address }) => address}
        error={error}
        onRetry={() => void refetch()}
        empty={t('lists.noBlocked')}
      />
    </>
  );
}

export function BlackListsPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const mayOperate = useMay('operate');
  const [isAdding, setAdding] = useState(false);
  const { data, error, refetch } = useRead<{ numbers: Barred[] }>('/barred-numbers');
  const columns = useColumns();
  return (
    <>
      <PageHead title={t('nav.black-lists')} intro={t('lists.intro')}>
        {may && (
          <Button tone="accent" onPress={() => setAdding(true)}>
            {t('lists.bar')}
          </Button>
        )}
      </PageHead>
      <List
        title={t('nav.black-lists')}
        columns={columns}
        rows={data?.numbers}
        keyOf={(entry, index) => (may ? `${entry.account ?? ''} ${barredPath(entry)}` : index)}
        error={error}
        onRetry={() => void refetch()}
        empty={t('lists.empty')}
      />
      {mayOperate && <BlockedAddresses />}
      {isAdding && <BarForm onClose={() => setAdding(false)} />}
    </>
  );
}
