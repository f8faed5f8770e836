/** Copies of everything that the platform keeps, made while it runs. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useRead } from '../account.tsx';
import type { Backup } from '../api/types.ts';
import { Button, Card, Switch } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { List } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

const MEGABYTE = 1_000_000;

export function Backups(): ReactNode {
  const { t, i18n } = useTranslation();
  const list = useRead<{ backups: Backup[] }>('/backups');
  const change = useChange();
  const [recordings, setRecordings] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const make = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await change('POST', '/backups', { recordings });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const megabytes = (octets: number): string =>
    (octets / MEGABYTE).toLocaleString(i18n.language, { maximumFractionDigits: 1 });
  return (
    <Card title={t('upkeep.backups')}>
      <p className="mb-4 max-w-prose text-muted">{t('upkeep.backupsText')}</p>
      <div className="mb-4 flex flex-wrap items-center gap-4">
        <Switch
          label={t('upkeep.withRecordings')}
          isSelected={recordings}
          onChange={setRecordings}
          isDisabled={busy}
        />
        <Button tone="accent" isDisabled={busy} onPress={() => void make()}>
          {busy ? t('upkeep.backingUp') : t('upkeep.backUp')}
        </Button>
      </div>
      {error !== undefined && <Problem error={error} />}
      <List
        title={t('upkeep.backups')}
        rows={list.data?.backups}
        error={list.error}
        onRetry={() => void list.refetch()}
        keyOf={({ name }) => name}
        empty={t('upkeep.noBackups')}
        columns={[
          { title: t('upkeep.made'), cell: ({ createdAt }) => dateAndTime(createdAt) },
          { title: t('upkeep.files'), cell: ({ files }) => files.toLocaleString(i18n.language) },
          { title: 'MB', cell: ({ octets }) => megabytes(octets) },
          { title: t('upkeep.folder'), cell: ({ folder }) => folder, look: 'font-mono break-all' },
        ]}
      />
    </Card>
  );
}
