import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { Button } from './controls.tsx';

/** What went wrong, and what to do, in the platform's own words. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactNode {
  const { t } = useTranslation();
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div role="alert" className="rounded-lg border border-bad p-3">
      <p className="font-medium text-bad">{message}</p>
      {error instanceof ApiError && error.remedy !== undefined && <p>{error.remedy}</p>}
      {onRetry !== undefined && (
        <Button className="mt-2" onPress={onRetry}>
          {t('app.retry')}
        </Button>
      )}
    </div>
  );
}
