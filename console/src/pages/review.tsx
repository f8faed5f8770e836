/** What voice files and templates have in common: how their review stands, its decision, and their revisions. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead } from '../account.tsx';
import type { Revision, VoiceFile } from '../api/types.ts';
import { useSingleKeys } from '../palette/single-keys.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { List } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';
import { RejectDialog } from './reject-dialog.tsx';

type Reviewed = Pick<VoiceFile, 'state' | 'reason' | 'revision' | 'inService'>;

const tones = { approved: 'good', pending: 'warn', rejected: 'bad', replaced: 'neutral' } as const;

export function ReviewState({ state, revision, inService }: Reviewed): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap items-center gap-2 whitespace-nowrap">
      <Badge tone={tones[state]}>{t(`review.states.${state}`)}</Badge>
      {inService !== undefined && inService !== revision && (
        <span className="text-sm text-muted">{t('review.inServiceNow', { revision: inService })}</span>
      )}
    </span>
  );
}

export type Decision = 'approved' | 'rejected';

/**
 * Approve or reject the revision that is shown, and no other.
 * @param hasKeys `a` and `r` do the same
 */
export function Decide({
  path,
  subject,
  hasKeys = false,
  onDecided = () => {},
}: {
  path: string;
  subject: Reviewed;
  hasKeys?: boolean;
  onDecided?: (decision: Decision) => void;
}): ReactNode {
  const { t } = useTranslation();
  const may = useMay('review');
  const change = useChange();
  const [isRejecting, setRejecting] = useState(false);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { revision, state } = subject;
  const approve = (): void => {
    setError(undefined);
    setBusy(true);
    change('POST', `${path}/approve`, { revision })
      .then(() => onDecided('approved'), setError)
      .finally(() => setBusy(false));
  };
  const reject = async (body: Record<string, unknown>): Promise<void> => {
    await change('POST', `${path}/reject`, { ...body, revision });
    onDecided('rejected');
  };
  useSingleKeys(
    may && hasKeys && !busy
      ? {
          ...(state !== 'approved' && { a: approve }),
          ...(state !== 'rejected' && { r: () => setRejecting(true) }),
        }
      : {},
  );
  if (!may) return null;
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      <div className="flex flex-wrap gap-2">
        {state !== 'approved' && (
          <Button
            tone="good"
            isDisabled={busy}
            aria-keyshortcuts={hasKeys ? 'a' : undefined}
            onPress={approve}
          >
            {t('review.approve', { revision })}
            {hasKeys && <kbd aria-hidden="true"> a</kbd>}
          </Button>
        )}
        {state !== 'rejected' && (
          <Button
            isDisabled={busy}
            aria-keyshortcuts={hasKeys ? 'r' : undefined}
            onPress={() => setRejecting(true)}
          >
            {t('review.reject', { revision })}
            {hasKeys && <kbd aria-hidden="true"> r</kbd>}
          </Button>
        )}
      </div>
      {isRejecting && (
        <RejectDialog
          title={t('review.reject', { revision })}
          submit={t('review.reject', { revision })}
          onSubmit={reject}
          onClose={() => setRejecting(false)}
        />
      )}
    </>
  );
}

export function Revisions({ path }: { path: string }): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useRead<{ revisions: Revision[] }>(`${path}/revisions`);
  const columns = [
    { title: t('review.revision'), cell: ({ number }: Revision) => number },
    {
      title: t('ops.state'),
      cell: ({ state, inService, reason }: Revision) => (
        <>
          <Badge tone={tones[state]}>{t(`review.states.${state}`)}</Badge>{' '}
          {inService && <Badge>{t('review.inService')}</Badge>} {reason}
        </>
      ),
    },
    {
      title: t('review.submitted'),
      cell: ({ submittedAt, submittedBy }: Revision) => `${dateAndTime(submittedAt)} ${submittedBy ?? ''}`,
    },
    {
      title: t('review.reviewed'),
      cell: ({ reviewedAt, reviewedBy }: Revision) =>
        reviewedAt === undefined ? '–' : `${dateAndTime(reviewedAt)} ${reviewedBy ?? ''}`,
    },
  ];
  return (
    <List
      title={t('review.revisions')}
      columns={columns}
      rows={data?.revisions}
      keyOf={({ number }) => number}
      error={error}
      onRetry={() => void refetch()}
      empty={t('review.revisions')}
    />
  );
}
