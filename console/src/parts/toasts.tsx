/** Short words about what was just done; they go by themselves. */
import type { ReactNode } from 'react';
import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';

interface Saying {
  readonly text: string;
  readonly tone: 'good' | 'bad';
  /** Takes back what was done. */
  readonly undo?: () => void;
}

const queue = new ToastQueue<Saying>({ maxVisibleToasts: 3 });

/** ms */
const SHOWN = 6_000;
const SHOWN_WITH_UNDO = 20_000;

export function say(saying: Saying): void {
  // What went wrong stays until it was read.
  const timeout = saying.undo === undefined ? SHOWN : SHOWN_WITH_UNDO;
  queue.add(saying, saying.tone === 'good' ? { timeout } : {});
}

export function Toasts(): ReactNode {
  const { t } = useTranslation();
  return (
    <ToastRegion queue={queue} className="fixed right-4 bottom-4 z-20 flex max-w-96 flex-col gap-2">
      {({ toast }) => (
        <Toast
          toast={toast}
          className={`flex items-center gap-3 rounded-lg border bg-surface p-3 shadow-lg ${toast.content.tone === 'bad' ? 'border-bad' : 'border-good'}`}
        >
          <ToastContent className="min-w-0 flex-1">
            <Text slot="title">{toast.content.text}</Text>
          </ToastContent>
          {toast.content.undo && (
            <Button
              className="min-h-8 rounded-lg border border-line px-3 hover:bg-raised"
              onPress={() => {
                queue.close(toast.key);
                toast.content.undo?.();
              }}
            >
              {t('ops.undo')}
            </Button>
          )}
          <Button slot="close" aria-label={t('app.close')} className="size-8 rounded-lg hover:bg-raised">
            <span aria-hidden="true">✕</span>
          </Button>
        </Toast>
      )}
    </ToastRegion>
  );
}
