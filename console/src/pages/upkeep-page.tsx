/** How long things are kept, and what is known of one person. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useRead } from '../account.tsx';
import type { PlatformSettings } from '../api/types.ts';
import { Card, Skeleton } from '../parts/controls.tsx';
import { Facts } from '../parts/facts.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageHead } from '../parts/table.tsx';
import { Backups } from './backups.tsx';
import { PersonalData } from './personal-data.tsx';

const HOUR = 3_600_000;
const kinds = ['calls', 'recordings', 'audit', 'requestKeys'] as const;

function Retention(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useRead<PlatformSettings>('/settings');
  const shown = (time: number | null): string => {
    if (time === null) return t('upkeep.forEver');
    const hours = time / HOUR;
    return hours % 24 === 0 && hours > 24
      ? t('upkeep.days', { count: hours / 24 })
      : t('upkeep.hours', { count: Math.round(hours * 10) / 10 });
  };
  return (
    <Card title={t('upkeep.retention')}>
      <p className="mb-4 max-w-prose text-muted">{t('upkeep.retentionText')}</p>
      {data === undefined ? (
        error ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : (
        <Facts facts={kinds.map((kind) => [t(`upkeep.kinds.${kind}`), shown(data.retention[kind])])} />
      )}
    </Card>
  );
}

export function UpkeepPage(): ReactNode {
  const { t } = useTranslation();
  const mayPeople = useMay('people');
  const mayOperate = useMay('operate');
  return (
    <>
      <PageHead title={t('nav.upkeep')} intro={t('upkeep.intro')} />
      <div className="flex flex-col gap-4">
        {mayPeople && <PersonalData />}
        <Retention />
        {mayOperate && <Backups />}
      </div>
    </>
  );
}
