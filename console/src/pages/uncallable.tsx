/** Numbers that the platform does not call, and whether one of them is. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRead } from '../account.tsx';
import { api } from '../api/client.ts';
import type { NumberVerdict, PlatformSettings } from '../api/types.ts';
import { Card, Skeleton } from '../parts/controls.tsx';
import { Facts } from '../parts/facts.tsx';
import { Form } from '../parts/form.tsx';
import { Problem } from '../parts/problem.tsx';

function NumberCheck(): ReactNode {
  const { t } = useTranslation();
  const [found, setFound] = useState<NumberVerdict>();
  return (
    <div className="max-w-md">
      <Form
        fields={[
          {
            name: 'number',
            label: t('uncallable.number'),
            hint: t('uncallable.numberHint'),
            inputMode: 'tel',
            isRequired: true,
          },
        ]}
        submit={t('uncallable.check')}
        onSubmit={async (body) => setFound(await api('POST', '/settings/check-number', body))}
      />
      <p role="status" className={`mt-3 ${found?.verdict === 'callable' ? 'text-good' : 'text-bad'}`}>
        {found && t(`uncallable.verdicts.${found.verdict}`, { number: found.number })}
      </p>
    </div>
  );
}

export function Uncallable(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useRead<PlatformSettings>('/settings');
  const listed = (entries: readonly string[], none: string): string =>
    entries.length === 0 ? none : entries.join(', ');
  return (
    <Card title={t('uncallable.title')}>
      <p className="mb-4 max-w-prose text-muted">{t('uncallable.intro')}</p>
      {data === undefined &&
        (error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton />)}
      {data && (
        <div className="mb-4">
          <Facts
            facts={[
              [t('uncallable.prefixes'), listed(data.uncallable.prefixes, t('uncallable.none'))],
              [t('uncallable.countries'), listed(data.uncallable.countries, t('uncallable.all'))],
              [
                t('uncallable.types'),
                listed(
                  data.uncallable.types.map((type) => t(`uncallable.kinds.${type}`)),
                  t('uncallable.none'),
                ),
              ],
            ]}
          />
        </div>
      )}
      <NumberCheck />
    </Card>
  );
}
