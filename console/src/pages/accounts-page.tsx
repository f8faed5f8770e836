/** The customers of the platform. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useQuickChange, useRead } from '../account.tsx';
import type { Account } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

type Asked = { readonly what: 'create' } | { readonly what: 'change' | 'close'; readonly account: Account };

const pathOf = ({ spId }: Account): string => `/accounts/${encodeURIComponent(spId)}`;
const tones = { active: 'good', frozen: 'warn', closed: 'neutral' } as const;

function useColumns(open: (asked: Asked) => void) {
  const { t } = useTranslation();
  const change = useQuickChange();
  return [
    { title: t('ops.name'), cell: ({ name }: Account) => <strong className="font-medium">{name}</strong> },
    { title: 'spId', cell: ({ spId }: Account) => spId, look: 'font-mono text-sm wrap-anywhere' },
    {
      title: t('ops.state'),
      cell: ({ state }: Account) => <Badge tone={tones[state]}>{t(`accounts.states.${state}`)}</Badge>,
    },
    { title: t('accounts.maxApps'), cell: ({ maxApps }: Account) => maxApps ?? t('accounts.asUsual') },
    { title: t('ops.created'), cell: ({ createdAt }: Account) => dateAndTime(createdAt) },
    {
      title: t('ops.actions'),
      cell: (account: Account) =>
        account.state !== 'closed' && (
          <Actions>
            <Button onPress={() => open({ what: 'change', account })}>{t('ops.change')}</Button>
            <Button
              onPress={() =>
                change(
                  'PATCH',
                  pathOf(account),
                  { state: account.state === 'active' ? 'frozen' : 'active' },
                  null,
                )
              }
            >
              {account.state === 'active' ? t('accounts.freeze') : t('accounts.activate')}
            </Button>
            <Button onPress={() => open({ what: 'close', account })}>{t('accounts.close')}</Button>
          </Actions>
        ),
    },
  ];
}

function AccountDialog({ asked, onClose }: { asked: Asked; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const name = { name: 'name', label: t('ops.name'), isRequired: true };
  switch (asked.what) {
    case 'create':
      return (
        <FormDialog
          title={t('accounts.create')}
          fields={[name, { name: 'spId', label: 'spId', hint: t('accounts.spIdHint') }]}
          submit={t('accounts.create')}
          onSubmit={(body) => change('POST', '/accounts', body, null)}
          onClose={onClose}
        />
      );
    case 'change':
      return (
        <FormDialog
          title={t('accounts.changeOf', { name: asked.account.name })}
          fields={[
            { ...name, initial: asked.account.name },
            {
              name: 'maxApps',
              label: t('accounts.maxApps'),
              hint: t('accounts.maxAppsHint'),
              kind: 'number',
              whenEmpty: null,
              initial: asked.account.maxApps,
            },
          ]}
          submit={t('ops.save')}
          onSubmit={(body) => change('PATCH', pathOf(asked.account), body, null)}
          onClose={onClose}
        />
      );
    case 'close':
      return (
        <Confirm
          title={t('accounts.closeOf', { name: asked.account.name })}
          text={t('accounts.closeText')}
          action={t('accounts.close')}
          onConfirm={() => change('PATCH', pathOf(asked.account), { state: 'closed' }, null)}
          onClose={onClose}
        />
      );
  }
}

export function AccountsPage(): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ accounts: Account[] }>('/accounts');
  const columns = useColumns(setAsked);
  return (
    <>
      <PageHead title={t('nav.accounts')} intro={t('accounts.intro')}>
        <Button tone="accent" onPress={() => setAsked({ what: 'create' })}>
          {t('accounts.create')}
        </Button>
      </PageHead>
      <List
        title={t('nav.accounts')}
        columns={columns}
        rows={data?.accounts}
        keyOf={({ spId }) => spId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('accounts.intro')}
      />
      {asked && <AccountDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}
