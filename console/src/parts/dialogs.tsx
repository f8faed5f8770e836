/** What is asked or shown before anything else goes on. */
import { type ReactNode, useState } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Button } from './controls.tsx';
import { Copyable } from './copyable.tsx';
import { Problem } from './problem.tsx';

export function Dialog({
  title,
  onClose,
  isDismissable = true,
  children,
}: {
  title: string;
  onClose: () => void;
  /** Whether a click beside it closes it. */
  isDismissable?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <ModalOverlay
      isOpen
      isDismissable={isDismissable}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className="fixed inset-0 z-10 flex items-start justify-center overflow-y-auto bg-black/50 p-4 sm:py-12"
    >
      <Modal className="w-full max-w-2xl rounded-xl border border-line bg-surface text-text shadow-xl">
        <AriaDialog className="flex flex-col gap-4 p-5 outline-none">
          <Heading slot="title" className="text-xl font-semibold">
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before what cannot be taken back. */
export function Confirm({
  title,
  text,
  action,
  tone = 'bad',
  isDisabled = false,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  tone?: 'bad' | 'good';
  /** There is nothing to do. */
  isDisabled?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {error !== undefined && <Problem error={error} />}
      <div className="flex justify-end gap-3">
        <Button onPress={onClose} autoFocus>
          {t('ops.cancel')}
        </Button>
        <Button tone={tone} isDisabled={busy || isDisabled} onPress={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

/** Shows what is shown only once. */
export function Secret({
  title,
  text,
  entries,
  onClose,
}: {
  title: string;
  text: string;
  entries: readonly { readonly label: string; readonly value: string }[];
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <Dialog title={title} onClose={onClose} isDismissable={false}>
      <p>{text}</p>
      {entries.map(({ label, value }) => (
        <div key={label}>
          <p className="mb-1 text-sm font-medium">{label}</p>
          <Copyable label={label} text={value} />
        </div>
      ))}
      <div className="flex justify-end">
        <Button tone="accent" onPress={onClose}>
          {t('ops.kept')}
        </Button>
      </div>
    </Dialog>
  );
}
