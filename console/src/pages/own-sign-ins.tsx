/** Where one is signed in. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuickChange, useRead } from '../account.tsx';
import type { OwnSignIn } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Actions, List, SectionHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

export function OwnSignIns(): ReactNode {
  const { t } = useTranslation();
  const change = useQuickChange();
  const { data, error, refetch } = useRead<{ signIns: OwnSignIn[] }>('/session/sign-ins');
  const columns = [
    { title: t('own.since'), cell: ({ createdAt }: OwnSignIn) => dateAndTime(createdAt) },
    { title: t('own.lastSeen'), cell: ({ lastUsedAt }: OwnSignIn) => dateAndTime(lastUsedAt) },
    { title: t('own.until'), cell: ({ expiresAt }: OwnSignIn) => dateAndTime(expiresAt) },
    { title: t('own.from'), cell: ({ address }: OwnSignIn) => address ?? '–', look: 'font-mono text-sm' },
    {
      title: t('ops.actions'),
      cell: ({ signInId, current }: OwnSignIn) => (
        <Actions>
          {current ? (
            <Badge tone="good">{t('own.here')}</Badge>
          ) : (
            <Button onPress={() => change('DELETE', `/session/sign-ins/${signInId}`)}>{t('own.end')}</Button>
          )}
        </Actions>
      ),
    },
  ];
  return (
    <section aria-labelledby="own-sign-ins">
      <SectionHead id="own-sign-ins" title={t('own.signIns')} />
      <List
        title={t('own.signIns')}
        columns={columns}
        rows={data?.signIns}
        keyOf={({ signInId }) => signInId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('own.noSignIns')}
      />
    </section>
  );
}
