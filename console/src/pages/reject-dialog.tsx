/** Rejects something, with the reason that whoever submitted it reads. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormDialog } from '../parts/form.tsx';

export function RejectDialog({
  title,
  submit,
  onSubmit,
  onClose,
}: {
  title: string;
  submit: string;
  onSubmit: (body: Record<string, unknown>) => Promise<unknown>;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <FormDialog
      title={title}
      fields={[{ name: 'reason', label: t('review.reason'), kind: 'area', isRequired: true }]}
      submit={submit}
      onSubmit={onSubmit}
      onClose={onClose}
    />
  );
}
