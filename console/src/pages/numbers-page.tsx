/** Numbers of applications, and the pools that let them share calls. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useQuickChange, useRead } from '../account.tsx';
import type { App, DisplayNumber, Pool } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead, SectionHead } from '../parts/table.tsx';
import { Uncallable } from './uncallable.tsx';

type Asked =
  | { readonly what: 'add' | 'pool' }
  | { readonly what: 'remove'; readonly number: string }
  | { readonly what: 'removePool'; readonly pool: Pool };

const poolPath = ({ appKey, name }: Pick<Pool, 'appKey' | 'name'>): string =>
  `/apps/${encodeURIComponent(appKey)}/pools/${encodeURIComponent(name)}`;

function NumberForm({ apps, onClose }: { apps: readonly App[]; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('numbers.add')}
      fields={[
        { name: 'number', label: t('numbers.number'), hint: t('numbers.numberHint'), isRequired: true },
        {
          name: 'appKey',
          label: t('calls.app'),
          kind: 'choice',
          choices: apps.map(({ appKey, name }) => ({ id: appKey, text: name })),
        },
        {
          name: 'kind',
          label: t('numbers.kind'),
          kind: 'choice',
          choices: (['display', 'service'] as const).map((id) => ({ id, text: t(`numbers.kinds.${id}`) })),
        },
      ]}
      submit={t('numbers.add')}
      onSubmit={(body) => change('POST', '/numbers', body)}
      onClose={onClose}
    />
  );
}

function PoolForm({ apps, onClose }: { apps: readonly App[]; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('numbers.setPool')}
      text={t('numbers.poolIntro')}
      fields={[
        { name: 'name', label: t('ops.name'), isRequired: true },
        {
          name: 'appKey',
          label: t('calls.app'),
          kind: 'choice',
          choices: apps.map(({ appKey, name }) => ({ id: appKey, text: name })),
        },
        { name: 'numbers', label: t('nav.numbers'), kind: 'lines', hint: t('numbers.poolNumbersHint') },
        {
          name: 'choice',
          label: t('numbers.choice'),
          kind: 'choice',
          choices: (['sticky', 'rotating'] as const).map((id) => ({ id, text: t(`numbers.choices.${id}`) })),
        },
        { name: 'callsPerDay', label: t('numbers.perDay'), kind: 'number' },
        { name: 'concurrentCalls', label: t('numbers.atOnce'), kind: 'number' },
      ]}
      submit={t('ops.save')}
      onSubmit={({ name, appKey, ...pool }) =>
        change('PUT', poolPath({ name, appKey } as Pick<Pool, 'appKey' | 'name'>), pool)
      }
      onClose={onClose}
    />
  );
}

function NumberList({
  apps,
  onRemove,
}: {
  apps: readonly App[];
  onRemove: (number: string) => void;
}): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useQuickChange();
  const { data, error, refetch } = useRead<{ numbers: DisplayNumber[] }>('/numbers');
  const columns = [
    { title: t('numbers.number'), cell: ({ number }: DisplayNumber) => number, look: 'font-mono' },
    {
      title: t('calls.app'),
      cell: ({ appKey }: DisplayNumber) => apps.find((app) => app.appKey === appKey)?.name ?? appKey,
    },
    { title: t('numbers.kind'), cell: ({ kind }: DisplayNumber) => t(`numbers.kinds.${kind}`) },
    {
      title: t('ops.state'),
      cell: ({ state }: DisplayNumber) => (
        <Badge tone={state === 'in-use' ? 'good' : 'warn'}>{t(`numbers.states.${state}`)}</Badge>
      ),
    },
  ];
  const actions = {
    title: t('ops.actions'),
    cell: ({ number, state }: DisplayNumber) => (
      <Actions>
        <Button
          onPress={() =>
            change('PATCH', `/numbers/${encodeURIComponent(number)}`, {
              state: state === 'in-use' ? 'suspended' : 'in-use',
            })
          }
        >
          {state === 'in-use' ? t('ops.suspend') : t('ops.resume')}
        </Button>
        <Button onPress={() => onRemove(number)}>{t('ops.remove')}</Button>
      </Actions>
    ),
  };
  return (
    <List
      title={t('nav.numbers')}
      columns={may ? [...columns, actions] : columns}
      rows={data?.numbers}
      keyOf={({ number }) => number}
      error={error}
      onRetry={() => void refetch()}
      empty={t('numbers.empty')}
    />
  );
}

function PoolList({ apps, onRemove }: { apps: readonly App[]; onRemove: (pool: Pool) => void }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const { data, error, refetch } = useRead<{ pools: Pool[] }>('/pools');
  const columns = [
    { title: t('ops.name'), cell: ({ name }: Pool) => name },
    {
      title: t('calls.app'),
      cell: ({ appKey }: Pool) => apps.find((app) => app.appKey === appKey)?.name ?? appKey,
    },
    { title: t('nav.numbers'), cell: ({ numbers }: Pool) => numbers.join(' '), look: 'font-mono text-sm' },
    { title: t('numbers.choice'), cell: ({ choice }: Pool) => t(`numbers.choices.${choice}`) },
    { title: t('numbers.perDay'), cell: ({ callsPerDay }: Pool) => callsPerDay ?? '–' },
    { title: t('numbers.atOnce'), cell: ({ concurrentCalls }: Pool) => concurrentCalls ?? '–' },
  ];
  const actions = {
    title: t('ops.actions'),
    cell: (pool: Pool) => (
      <Actions>
        <Button onPress={() => onRemove(pool)}>{t('ops.remove')}</Button>
      </Actions>
    ),
  };
  return (
    <List
      title={t('numbers.pools')}
      columns={may ? [...columns, actions] : columns}
      rows={data?.pools}
      keyOf={poolPath}
      error={error}
      onRetry={() => void refetch()}
      empty={t('numbers.noPools')}
    />
  );
}

export function NumbersPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useChange();
  const [asked, setAsked] = useState<Asked>();
  const apps = useRead<{ apps: App[] }>('/apps').data?.apps ?? [];
  const close = (): void => setAsked(undefined);
  return (
    <>
      <PageHead title={t('nav.numbers')} intro={t('numbers.intro')}>
        {may && (
          <Button tone="accent" isDisabled={apps.length === 0} onPress={() => setAsked({ what: 'add' })}>
            {t('numbers.add')}
          </Button>
        )}
      </PageHead>
      <NumberList apps={apps} onRemove={(number) => setAsked({ what: 'remove', number })} />
      <div className="mt-6">
        <SectionHead title={t('numbers.pools')}>
          {may && (
            <Button isDisabled={apps.length === 0} onPress={() => setAsked({ what: 'pool' })}>
              {t('numbers.setPool')}
            </Button>
          )}
        </SectionHead>
      </div>
      <PoolList apps={apps} onRemove={(pool) => setAsked({ what: 'removePool', pool })} />
      <div className="mt-6">
        <Uncallable />
      </div>
      {asked?.what === 'add' && <NumberForm apps={apps} onClose={close} />}
      {asked?.what === 'pool' && <PoolForm apps={apps} onClose={close} />}
      {asked?.what === 'remove' && (
        <Confirm
          title={t('numbers.removeOf', { number: asked.number })}
          text={t('numbers.removeText')}
          action={t('ops.remove')}
          onConfirm={() => change('DELETE', `/numbers/${encodeURIComponent(asked.number)}`)}
          onClose={close}
        />
      )}
      {asked?.what === 'removePool' && (
        <Confirm
          title={t('numbers.removePool', { name: asked.pool.name })}
          text={t('numbers.removePoolText')}
          action={t('ops.remove')}
          onConfirm={() => change('DELETE', poolPath(asked.pool))}
          onClose={close}
        />
      )}
    </>
  );
}
