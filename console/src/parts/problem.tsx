import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '../i18n/codes.ts';
import { Button } from './controls.tsx';

/** What went wrong, and what to do, by its code, or in the platform's own words. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactNode {
  const { t, i18n } = useTranslation();
  const { message, more } = problemText(i18n.language, error);
  return (
    <div role="alert" className="rounded-lg border border-bad p-3">
      <p className="font-medium text-bad">{message}</p>
      {more !== undefined && <p>{more}</p>}
      {onRetry !== undefined && (
        <Button className="mt-2" onPress={onRetry}>
          {t('app.retry')}
        </Button>
      )}
    </div>
  );
}
