/** What voice files and templates have in common: how their review stands, its decision, and their revisions. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead } from '../account.tsx';
import type { Revision, VoiceFile } from '../api/types.ts';
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

/** Approve or reject the revision that is shown, and no other. */
export function Decide({ path, subject }: { path: string; subject: Reviewed }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('review');
  const change = useChange();
  const [isRejecting, setRejecting] = useState(false);
  const [error, setError] = useState<unknown>();
  if (!may) return null;
  const { revision, state } = subject;
  const approve = (): void => {
    setError(undefined);
    change('POST', `${path}/approve`, { revision }).catch(setError);
  };
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      <div className="flex flex-wrap gap-2">
        {state !== 'approved' && (
          <Button tone="good" onPress={approve}>
            {t('review.approve', { revision })}
          </Button>
        )}
        {state !== 'rejected' && (
          <Button onPress={() => setRejecting(true)}>{t('review.reject', { revision })}</Button>
        )}
      </div>
      {isRejecting && (
        <RejectDialog
          title={t('review.reject', { revision })}
          submit={t('review.reject', { revision })}
          onSubmit={(body) => change('POST', `${path}/reject`, { ...body, revision })}
          onClose={() => setRejecting(false)}
        />
      )}
    </>
  );
}

export function Revisions({ path }: { path: string }): ReactNode {
  const { t, i18n } = useTranslation();
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
      cell: ({ submittedAt, submittedBy }: Revision) =>
        `${dateAndTime(submittedAt, i18n.language)} ${submittedBy ?? ''}`,
    },
    {
      title: t('review.reviewed'),
      cell: ({ reviewedAt, reviewedBy }: Revision) =>
        reviewedAt === undefined ? '–' : `${dateAndTime(reviewedAt, i18n.language)} ${reviewedBy ?? ''}`,
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
