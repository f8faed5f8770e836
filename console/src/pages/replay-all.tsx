/** All that was given up for one receiver is sent again, after a question that says where to and how much. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountPath, useChange } from '../account.tsx';
import { api } from '../api/client.ts';
import type { LedgerPush, PushReceiver } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { say } from '../parts/toasts.tsx';
import { useAppName } from './limit-words.ts';

/** So many are counted; the API gives no more at a time. */
const MOST = 500;

interface Page {
  readonly pushes: readonly LedgerPush[];
  readonly nextCursor?: string;
}

/** What the question says of how many. */
function useNumber({ url, appKey }: PushReceiver): { text: string; isNone: boolean } {
  const { t } = useTranslation();
  const query = new URLSearchParams({ state: 'dead', url, appKey, limit: String(MOST) });
  const path = useAccountPath()(`/pushes?${query}`);
  const { data, isPending } = useQuery({
    queryKey: ['given up', path],
    queryFn: () => api<Page>('GET', path),
    gcTime: 0,
  });
  const app = useAppName()(appKey);
  const count = data?.pushes.length;
  if (isPending) return { text: t('pushes.counting', { url, app }), isNone: false };
  if (count === undefined) return { text: t('pushes.replayUnknown', { url, app }), isNone: false };
  if (count === 0) return { text: t('pushes.replayNone', { url, app }), isNone: true };
  if (data?.nextCursor !== undefined)
    return { text: t('pushes.replayMany', { url, app, most: MOST }), isNone: false };
  return { text: t('pushes.replaySome', { url, app, count }), isNone: false };
}

function Question({ receiver, onClose }: { receiver: PushReceiver; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const { text, isNone } = useNumber(receiver);
  const { url, appKey } = receiver;
  const again = async (): Promise<void> => {
    const { replayed } = await change<{ replayed: number }>('POST', '/pushes/replay', { url, appKey });
    say({ text: t('pushes.replayed', { count: replayed }), tone: 'good' });
  };
  return (
    <Confirm
      title={t('pushes.replayAllOf')}
      text={text}
      action={t('pushes.replayAll')}
      tone="good"
      isDisabled={isNone}
      onConfirm={again}
      onClose={onClose}
    />
  );
}

export function ReplayAll({ receiver }: { receiver: PushReceiver }): ReactNode {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button onPress={() => setAsking(true)}>
        {t('pushes.replayAll')}
        <span className="sr-only"> {receiver.url}</span>
      </Button>
      {asking && <Question receiver={receiver} onClose={() => setAsking(false)} />}
    </>
  );
}
