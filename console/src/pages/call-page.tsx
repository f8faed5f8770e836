import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '../parts/page-title.tsx';
import { CallView } from '../call/call-view.tsx';

export function CallPage({ sessionId }: { sessionId: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageTitle title={t('call.title')} look="mb-4" />
      <div className="flex flex-col gap-4">
        <CallView sessionId={sessionId} />
      </div>
    </>
  );
}
