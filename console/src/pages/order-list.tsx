/** Orders of numbers: placed by an account, taken up, granted or rejected by the operator, given back by the account. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useQuickChange, useRead } from '../account.tsx';
import type { Enterprise, NumberOrder } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, SectionHead } from '../parts/table.tsx';
import { RejectDialog } from './reject-dialog.tsx';

type Asked =
  | { readonly what: 'order' }
  | { readonly what: 'grant' | 'reject' | 'release'; readonly order: NumberOrder };

const tones = {
  submitted: 'warn',
  reviewing: 'warn',
  granted: 'good',
  rejected: 'bad',
  released: 'neutral',
} as const;

const pathOf = ({ orderId }: NumberOrder, step: string): string =>
  `/number-orders/${encodeURIComponent(orderId)}/${step}`;

function PlaceOrder({
  enterprises,
  onClose,
}: {
  enterprises: readonly Enterprise[];
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('orders.order')}
      fields={[
        {
          name: 'enterpriseId',
          label: t('orders.enterprise'),
          kind: 'choice',
          choices: enterprises.map(({ enterpriseId, name, spId }) => ({
            id: enterpriseId,
            text: `${name} · ${spId}`,
          })),
        },
        { name: 'city', label: t('orders.city'), isRequired: true },
        {
          name: 'quantity',
          label: t('orders.quantity'),
          hint: t('orders.quantityHint'),
          kind: 'number',
          isRequired: true,
        },
      ]}
      submit={t('orders.order')}
      onSubmit={(body) => {
        const enterprise = enterprises.find(({ enterpriseId }) => enterpriseId === body.enterpriseId);
        return change('POST', '/number-orders', body, enterprise?.spId);
      }}
      onClose={onClose}
    />
  );
}

function OrderDialog({
  asked: { what, order },
  onClose,
}: {
  asked: Extract<Asked, { order: NumberOrder }>;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const named = { count: order.quantity, city: order.city };
  switch (what) {
    case 'grant':
      return (
        <FormDialog
          title={t('orders.grantOf', named)}
          text={t('orders.grantText')}
          fields={[
            {
              name: 'numbers',
              label: t('orders.numbers'),
              hint: t('orders.grantHint'),
              kind: 'lines',
              isRequired: true,
            },
          ]}
          submit={t('orders.grant')}
          onSubmit={(body) => change('POST', pathOf(order, 'grant'), body, null)}
          onClose={onClose}
        />
      );
    case 'reject':
      return (
        <RejectDialog
          title={t('orders.rejectOf', named)}
          submit={t('orders.reject')}
          onSubmit={(body) => change('POST', pathOf(order, 'reject'), body, null)}
          onClose={onClose}
        />
      );
    case 'release':
      return (
        <Confirm
          title={t('orders.releaseOf', named)}
          text={t('orders.releaseText', { numbers: order.numbers.join(' ') })}
          action={t('orders.release')}
          onConfirm={() => change('POST', pathOf(order, 'release'), undefined, order.spId)}
          onClose={onClose}
        />
      );
  }
}

function useColumns(enterprises: readonly Enterprise[], open: (asked: Asked) => void) {
  const { t } = useTranslation();
  const may = useMay('manage');
  const decides = useMay('operate');
  const change = useQuickChange();
  const isOpen = ({ state }: NumberOrder): boolean => state === 'submitted' || state === 'reviewing';
  return [
    {
      title: t('orders.enterprise'),
      cell: ({ enterpriseId }: NumberOrder) =>
        enterprises.find((enterprise) => enterprise.enterpriseId === enterpriseId)?.name ?? enterpriseId,
    },
    { title: t('signIn.account'), cell: ({ spId }: NumberOrder) => spId },
    { title: t('orders.city'), cell: ({ city }: NumberOrder) => city },
    { title: t('orders.quantity'), cell: ({ quantity }: NumberOrder) => quantity, look: 'tabular-nums' },
    {
      title: t('ops.state'),
      cell: ({ state, reason }: NumberOrder) => (
        <>
          <Badge tone={tones[state]}>{t(`orders.states.${state}`)}</Badge> {reason}
        </>
      ),
    },
    {
      title: t('orders.numbers'),
      cell: ({ numbers }: NumberOrder) => (numbers.length === 0 ? '–' : numbers.join(' ')),
      look: 'min-w-36 font-mono text-sm',
    },
    {
      title: t('ops.actions'),
      cell: (order: NumberOrder) => (
        <Actions>
          {decides && order.state === 'submitted' && (
            <Button onPress={() => change('POST', pathOf(order, 'review'), undefined, null)}>
              {t('orders.review')}
            </Button>
          )}
          {decides && order.state === 'reviewing' && (
            <Button tone="good" onPress={() => open({ what: 'grant', order })}>
              {t('orders.grant')}
            </Button>
          )}
          {decides && isOpen(order) && (
            <Button onPress={() => open({ what: 'reject', order })}>{t('orders.reject')}</Button>
          )}
          {may && order.state === 'granted' && (
            <Button onPress={() => open({ what: 'release', order })}>{t('orders.release')}</Button>
          )}
        </Actions>
      ),
    },
  ];
}

export function OrderList({ enterprises }: { enterprises: readonly Enterprise[] }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ orders: NumberOrder[] }>('/number-orders');
  const approved = enterprises.filter(({ state }) => state === 'approved');
  const columns = useColumns(enterprises, setAsked);
  const close = (): void => setAsked(undefined);
  return (
    <section aria-labelledby="number-orders">
      <SectionHead
        id="number-orders"
        title={t('orders.title')}
        intro={approved.length === 0 ? t('orders.noEnterprise') : undefined}
      >
        {may && (
          <Button isDisabled={approved.length === 0} onPress={() => setAsked({ what: 'order' })}>
            {t('orders.order')}
          </Button>
        )}
      </SectionHead>
      <List
        title={t('orders.title')}
        columns={columns}
        rows={data?.orders}
        keyOf={({ orderId }) => orderId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('orders.empty')}
      />
      {asked?.what === 'order' && <PlaceOrder enterprises={approved} onClose={close} />}
      {asked && asked.what !== 'order' && <OrderDialog asked={asked} onClose={close} />}
    </section>
  );
}
