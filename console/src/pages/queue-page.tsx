/** Calls that wait for their turn. */
import '../i18n/limits.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useChange, useMay, useRead } from '../account.tsx';
import type { WaitingCall } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { Actions, type Column, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';
import { useAppName } from './limit-words.ts';

/** ms between looks at the queue. */
const LOOK = 2_000;

function ExpectedStart({ at }: { at: string }): ReactNode {
  const { t } = useTranslation();
  const seconds = Math.ceil((Date.parse(at) - Date.now()) / 1_000);
  return (
    <>
      {seconds > 0 ? t('queue.inSeconds', { seconds }) : t('queue.now')}
      <span className="block text-sm text-muted">{dateAndTime(at)}</span>
    </>
  );
}

function useColumns(onCancel: (call: WaitingCall) => void): readonly Column<WaitingCall>[] {
  const { t } = useTranslation();
  const may = useMay('manage');
  const appName = useAppName();
  const columns: Column<WaitingCall>[] = [
    { title: t('queue.position'), cell: ({ position }) => position, look: 'text-right tabular-nums' },
    {
      title: t('queue.session'),
      cell: ({ sessionId }) => (
        <Link href={`/console/calls/${encodeURIComponent(sessionId)}`} className="text-accent underline">
          {sessionId}
        </Link>
      ),
      look: 'min-w-40 font-mono text-xs wrap-anywhere',
    },
    { title: t('calls.app'), cell: ({ appKey }) => appName(appKey) },
    { title: t('queue.kind'), cell: ({ capability }) => t(`apps.capabilities.${capability}`) },
    {
      title: t('queue.expected'),
      cell: ({ expectedStart }) => <ExpectedStart at={expectedStart} />,
    },
    { title: t('queue.expires'), cell: ({ expiresAt }) => dateAndTime(expiresAt), look: 'text-sm' },
    { title: t('queue.accepted'), cell: ({ acceptedAt }) => dateAndTime(acceptedAt), look: 'text-sm' },
  ];
  if (may) {
    columns.push({
      title: t('ops.actions'),
      cell: (call) => (
        <Actions>
          <Button onPress={() => onCancel(call)}>{t('queue.cancel')}</Button>
        </Actions>
      ),
    });
  }
  return columns;
}

export function QueuePage(): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const [cancelled, setCancelled] = useState<WaitingCall>();
  const { data, error, refetch } = useRead<{ calls: WaitingCall[] }>('/queue', { refetchInterval: LOOK });
  const columns = useColumns(setCancelled);
  return (
    <>
      <PageHead title={t('nav.queue')} intro={t('queue.intro')} />
      <List
        title={t('nav.queue')}
        columns={columns}
        rows={data?.calls}
        keyOf={({ sessionId }) => sessionId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('queue.empty')}
      />
      {cancelled && (
        <Confirm
          title={t('queue.cancelOf', { sessionId: cancelled.sessionId })}
          text={t('queue.cancelText')}
          action={t('queue.cancel')}
          onConfirm={() => change('DELETE', `/queue/${encodeURIComponent(cancelled.sessionId)}`)}
          onClose={() => setCancelled(undefined)}
        />
      )}
    </>
  );
}
