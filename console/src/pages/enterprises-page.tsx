/** Enterprises with their review, and the orders of numbers for them. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../account.tsx';
import type { Enterprise } from '../api/types.ts';
import { PageHead } from '../parts/table.tsx';
import { EnterpriseList } from './enterprise-list.tsx';
import { OrderList } from './order-list.tsx';

export function EnterprisesPage(): ReactNode {
  const { t } = useTranslation();
  const enterprises = useRead<{ enterprises: Enterprise[] }>('/enterprises');
  return (
    <>
      <PageHead title={t('nav.enterprises')} intro={t('enterprises.intro')} />
      <div className="flex flex-col gap-8">
        <EnterpriseList read={enterprises} />
        <OrderList enterprises={enterprises.data?.enterprises ?? []} />
      </div>
    </>
  );
}
