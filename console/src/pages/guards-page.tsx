/** Guards of applications that call numbers given by strangers, and the prices that cost fuses count in. */
import '../i18n/limits.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead } from '../account.tsx';
import type { Guard } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { Meter } from '../parts/meter.tsx';
import { Actions, type Column, List, PageHead } from '../parts/table.tsx';
import { GuardForm, guardPath } from './guard-form.tsx';
import { EACH, useAppName } from './limit-words.ts';
import { PriceList } from './price-list.tsx';

type Asked = { readonly what: 'set' } | { readonly what: 'change' | 'remove'; readonly guard: Guard };

/** ms between looks at what was spent. */
const LOOK = 5_000;

function useGuardName(): (guard: Guard) => string {
  const { t } = useTranslation();
  const appName = useAppName();
  return ({ appKey }) => (appKey === EACH ? t('guards.each') : appName(appKey));
}

function Checks({ guard }: { guard: Guard }): ReactNode {
  const { t } = useTranslation();
  const { coolDown, velocity, completion, countries, prefixDigits: digits } = guard;
  return (
    <ul className="flex flex-col gap-1">
      {coolDown !== undefined && <li>{t('guards.shownCoolDown', { seconds: coolDown })}</li>}
      {velocity && (
        <li>{t('guards.shownVelocity', { calls: velocity.calls, seconds: velocity.within, digits })}</li>
      )}
      {completion && (
        <li>
          {t('guards.shownCompletion', {
            percent: completion.percent,
            sample: completion.sample,
            seconds: completion.within,
            digits,
          })}
        </li>
      )}
      {countries && <li>{t('guards.shownCountries', { countries: countries.join(' ') })}</li>}
    </ul>
  );
}

/** What the day cost, of each application that the guard looks at. */
function Spent({ guard: { appKey, dailyBudget, spent } }: { guard: Guard }): ReactNode {
  const { t } = useTranslation();
  const appName = useAppName();
  if (dailyBudget === undefined) return null;
  if (spent.length === 0 || appKey !== EACH)
    return <Meter used={spent[0]?.cost ?? 0} allowed={dailyBudget} />;
  return spent.map(({ appKey: of, cost }) => (
    <Meter key={of} label={t('guards.spentBy', { name: appName(of) })} used={cost} allowed={dailyBudget} />
  ));
}

function useColumns(open: (asked: Asked) => void): readonly Column<Guard>[] {
  const { t } = useTranslation();
  const may = useMay('manage');
  const mayOperate = useMay('operate');
  const nameOf = useGuardName();
  const columns: Column<Guard>[] = [
    {
      title: t('limits.scopes.app'),
      cell: (guard) => <strong className="font-medium">{nameOf(guard)}</strong>,
    },
    { title: t('guards.calls'), cell: ({ calls }) => t(`guards.whichCalls.${calls}`) },
    { title: t('guards.checks'), cell: (guard) => <Checks guard={guard} />, look: 'min-w-56' },
    { title: t('guards.spent'), cell: (guard) => <Spent guard={guard} /> },
  ];
  if (mayOperate) {
    columns.push({ title: t('limits.setBy'), cell: ({ account }) => account ?? t('limits.operator') });
  }
  if (may) {
    columns.push({
      title: t('ops.actions'),
      cell: (guard) => (
        <Actions>
          <Button onPress={() => open({ what: 'change', guard })}>{t('ops.change')}</Button>
          <Button onPress={() => open({ what: 'remove', guard })}>{t('ops.remove')}</Button>
        </Actions>
      ),
    });
  }
  return columns;
}

export function GuardsPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useChange();
  const nameOf = useGuardName();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ guards: Guard[] }>('/guards', { refetchInterval: LOOK });
  const guards = data?.guards ?? [];
  const close = (): void => setAsked(undefined);
  const columns = useColumns(setAsked);
  return (
    <>
      <PageHead title={t('nav.guards')} intro={t('guards.intro')}>
        {may && (
          <Button tone="accent" onPress={() => setAsked({ what: 'set' })}>
            {t('guards.set')}
          </Button>
        )}
      </PageHead>
      <List
        title={t('nav.guards')}
        columns={columns}
        rows={data?.guards}
        keyOf={({ account, appKey }) => `${account ?? ''} ${appKey}`}
        error={error}
        onRetry={() => void refetch()}
        empty={t('guards.empty')}
      />
      <PriceList />
      {asked?.what === 'set' && <GuardForm guards={guards} onClose={close} />}
      {asked?.what === 'change' && <GuardForm guards={guards} guard={asked.guard} onClose={close} />}
      {asked?.what === 'remove' && (
        <Confirm
          title={t('guards.remove', { name: nameOf(asked.guard) })}
          text={t('guards.removeText')}
          action={t('ops.remove')}
          onConfirm={() =>
            change('DELETE', guardPath(asked.guard.appKey), undefined, asked.guard.account ?? null)
          }
          onClose={close}
        />
      )}
    </>
  );
}
