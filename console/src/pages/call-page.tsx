import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CallView } from '../call/call-view.tsx';

export function CallPage({ sessionId }: { sessionId: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="mb-4 text-2xl font-semibold">{t('call.title')}</h1>
      <div className="flex flex-col gap-4">
        <CallView sessionId={sessionId} />
      </div>
    </>
  );
}
