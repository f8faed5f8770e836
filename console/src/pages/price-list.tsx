/** What a minute to a number costs. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead, useReversibleChange } from '../account.tsx';
import type { Price } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { type Field, FormDialog } from '../parts/form.tsx';
import { Actions, type Column, List } from '../parts/table.tsx';

const pricePath = (prefix: string): string => `/prices/${encodeURIComponent(prefix)}`;

function PriceForm({ price, onClose }: { price?: Price; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const prefixField: Field = {
    name: 'prefix',
    label: t('guards.prefix'),
    hint: t('guards.prefixOfPrice'),
    isRequired: true,
  };
  const perMinuteField: Field = {
    name: 'perMinute',
    label: t('guards.perMinute'),
    hint: t('guards.perMinuteHint'),
    kind: 'number',
    initial: price?.perMinute,
    isRequired: true,
  };
  return (
    <FormDialog
      title={price === undefined ? t('guards.setPrice') : t('guards.priceOf', { prefix: price.prefix })}
      text={t('guards.pricesIntro')}
      fields={price === undefined ? [prefixField, perMinuteField] : [perMinuteField]}
      submit={price === undefined ? t('guards.setPrice') : t('ops.save')}
      onSubmit={({ prefix = price?.prefix, perMinute }) =>
        change('PUT', pricePath(String(prefix)), { perMinute }, null)
      }
      onClose={onClose}
    />
  );
}

export function PriceList(): ReactNode {
  const { t, i18n } = useTranslation();
  const mayOperate = useMay('operate');
  const change = useReversibleChange();
  const [asked, setAsked] = useState<Price | 'new'>();
  const { data, error, refetch } = useRead<{ prices: Price[] }>('/prices');
  const columns: Column<Price>[] = [
    { title: t('guards.prefix'), cell: ({ prefix }) => prefix, look: 'font-mono' },
    {
      title: t('guards.perMinute'),
      cell: ({ perMinute }) =>
        perMinute.toLocaleString(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', { maximumFractionDigits: 4 }),
      look: 'tabular-nums',
    },
  ];
  const actions: Column<Price> = {
    title: t('ops.actions'),
    cell: (price) => {
      const { prefix, perMinute } = price;
      return (
        <Actions>
          <Button onPress={() => setAsked(price)}>{t('ops.change')}</Button>
          <Button
            onPress={() =>
              change(
                t('guards.priceRemoved', { prefix }),
                ['DELETE', pricePath(prefix), undefined, null],
                ['PUT', pricePath(prefix), { perMinute }, null],
              )
            }
          >
            {t('ops.remove')}
          </Button>
        </Actions>
      );
    },
  };
  return (
    <>
      <div className="mt-6 mb-3 flex flex-wrap items-end justify-between gap-3">
        <div className="max-w-2xl">
          <h2 className="text-lg font-semibold">{t('guards.prices')}</h2>
          <p className="text-muted">{t('guards.pricesIntro')}</p>
        </div>
        {mayOperate && <Button onPress={() => setAsked('new')}>{t('guards.setPrice')}</Button>}
      </div>
      <List
        title={t('guards.prices')}
        columns={mayOperate ? [...columns, actions] : columns}
        rows={data?.prices}
        keyOf={({ prefix }) => prefix}
        error={error}
        onRetry={() => void refetch()}
        empty={t('guards.noPrices')}
      />
      {asked && <PriceForm price={asked === 'new' ? undefined : asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}
