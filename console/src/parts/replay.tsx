/** Sending a push again: at once what was given up, after a question what its receiver has already. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useQuickChange } from '../account.tsx';
import type { Push } from '../api/types.ts';
import { Button } from './controls.tsx';
import { Confirm } from './dialogs.tsx';
import { say } from './toasts.tsx';

export function Replay({ push, of }: { push: Push; of?: string }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useChange();
  const quickly = useQuickChange();
  const [asking, setAsking] = useState(false);
  const isDelivered = push.state === 'delivered';
  // What is under way is not sent twice at a time: the platform says so, and so does its absence here.
  if (!may || (push.nextAttemptAt === undefined && push.state === 'pending')) return null;
  if (isDelivered && push.nextAttemptAt !== undefined) return null;
  const path = `/pushes/${push.id}/replay`;
  const again = async (): Promise<void> => {
    await change('POST', path, {});
    say({ text: t('call.push.repeated'), tone: 'good' });
  };
  return (
    <>
      <Button onPress={() => (isDelivered ? setAsking(true) : quickly('POST', path, {}))}>
        {t('call.push.replay')}
        {of !== undefined && <span className="sr-only"> {of}</span>}
      </Button>
      {asking && (
        <Confirm
          title={t('call.push.repeat')}
          text={t('call.push.repeatText', {
            url: push.url,
            // A record that went with others goes alone now, under another webhook-id.
            mark: push.kind === 'fee' ? 'icid' : 'webhook-id',
          })}
          action={t('call.push.replay')}
          tone="good"
          onConfirm={again}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
