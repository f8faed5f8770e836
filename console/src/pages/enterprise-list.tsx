/** Enterprises: submitted and changed by an account, reviewed by the operator. */
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay } from '../account.tsx';
import type { Enterprise } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { Facts } from '../parts/facts.tsx';
import { type Field, FormDialog } from '../parts/form.tsx';
import { Actions, List, SectionHead } from '../parts/table.tsx';
import { RejectDialog } from './reject-dialog.tsx';

type Asked =
  | { readonly what: 'submit' }
  | { readonly what: 'change' | 'approve' | 'reject'; readonly enterprise: Enterprise };

const tones = { pending: 'warn', approved: 'good', rejected: 'bad' } as const;

const pathOf = ({ enterpriseId }: Enterprise): string => `/enterprises/${encodeURIComponent(enterpriseId)}`;

function useFields(present?: Enterprise): Field[] {
  const { t } = useTranslation();
  const isNew = present === undefined;
  const text = (name: 'name' | 'licenceCode' | 'scene'): Field => ({
    name,
    label: t(`enterprises.${name}`),
    isRequired: true,
    initial: present?.[name],
  });
  return [
    text('name'),
    text('licenceCode'),
    {
      name: 'legalPersonId',
      label: t('enterprises.legalPersonId'),
      hint: isNew ? t('enterprises.legalPersonHint') : t('enterprises.legalPersonKept'),
      isRequired: isNew,
    },
    text('scene'),
    {
      name: 'script',
      label: t('enterprises.script'),
      kind: 'area',
      isRequired: true,
      initial: present?.script,
    },
    {
      name: 'peakConcurrency',
      label: t('enterprises.peakConcurrency'),
      kind: 'number',
      isRequired: true,
      initial: present?.peakConcurrency,
    },
    {
      name: 'registeredCapital',
      label: t('enterprises.registeredCapital'),
      hint: t('enterprises.capitalHint'),
      kind: 'number',
      initial: present?.registeredCapital,
    },
  ];
}

function EnterpriseDialog({ asked, onClose }: { asked: Asked; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const fields = useFields('enterprise' in asked ? asked.enterprise : undefined);
  switch (asked.what) {
    case 'submit':
      return (
        <FormDialog
          title={t('enterprises.submit')}
          fields={fields}
          submit={t('enterprises.submit')}
          onSubmit={(body) => change('POST', '/enterprises', body)}
          onClose={onClose}
        />
      );
    case 'change':
      return (
        <FormDialog
          title={t('enterprises.changeOf', { name: asked.enterprise.name })}
          text={t('enterprises.changeText')}
          fields={fields}
          submit={t('ops.save')}
          onSubmit={(body) => change('PATCH', pathOf(asked.enterprise), body, asked.enterprise.spId)}
          onClose={onClose}
        />
      );
    case 'approve':
      return (
        <Confirm
          title={t('enterprises.approveOf', { name: asked.enterprise.name })}
          text={t('enterprises.approveText')}
          action={t('enterprises.approve')}
          tone="good"
          onConfirm={() => change('POST', `${pathOf(asked.enterprise)}/approve`, undefined, null)}
          onClose={onClose}
        />
      );
    case 'reject':
      return (
        <RejectDialog
          title={t('enterprises.rejectOf', { name: asked.enterprise.name })}
          submit={t('enterprises.reject')}
          onSubmit={(body) => change('POST', `${pathOf(asked.enterprise)}/reject`, body, null)}
          onClose={onClose}
        />
      );
  }
}

/** What a reviewer judges by. */
function EnterpriseRecord({ enterprise }: { enterprise: Enterprise }): ReactNode {
  const { t, i18n } = useTranslation();
  const { licenceCode, legalPersonId, scene, script, peakConcurrency, registeredCapital } = enterprise;
  return (
    <div className="min-w-72 text-sm stacked:min-w-0">
      <Facts
        facts={[
          [t('enterprises.licenceCode'), licenceCode],
          [t('enterprises.legalPersonId'), legalPersonId],
          [t('enterprises.scene'), scene],
          [t('enterprises.script'), script],
          [t('enterprises.peakConcurrency'), peakConcurrency],
          [t('enterprises.registeredCapital'), registeredCapital?.toLocaleString(i18n.language) ?? '–'],
        ]}
      />
    </div>
  );
}

function useColumns(open: (asked: Asked) => void) {
  const { t } = useTranslation();
  const may = useMay('manage');
  const decides = useMay('operate');
  return [
    {
      title: t('ops.name'),
      cell: ({ name }: Enterprise) => <strong className="font-medium">{name}</strong>,
      look: 'align-top',
    },
    { title: t('signIn.account'), cell: ({ spId }: Enterprise) => spId, look: 'align-top' },
    {
      title: t('enterprises.detail'),
      cell: (enterprise: Enterprise) => <EnterpriseRecord enterprise={enterprise} />,
    },
    {
      title: t('ops.state'),
      cell: ({ state, reason }: Enterprise) => (
        <>
          <Badge tone={tones[state]}>{t(`enterprises.states.${state}`)}</Badge> {reason}
        </>
      ),
      look: 'align-top',
    },
    {
      title: t('ops.actions'),
      cell: (enterprise: Enterprise) => (
        <Actions>
          {decides && enterprise.state !== 'approved' && (
            <Button tone="good" onPress={() => open({ what: 'approve', enterprise })}>
              {t('enterprises.approve')}
            </Button>
          )}
          {decides && enterprise.state !== 'rejected' && (
            <Button onPress={() => open({ what: 'reject', enterprise })}>{t('enterprises.reject')}</Button>
          )}
          {may && <Button onPress={() => open({ what: 'change', enterprise })}>{t('ops.change')}</Button>}
        </Actions>
      ),
      look: 'align-top',
    },
  ];
}

export function EnterpriseList({
  read: { data, error, refetch },
}: {
  read: UseQueryResult<{ enterprises: Enterprise[] }>;
}): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const [asked, setAsked] = useState<Asked>();
  const columns = useColumns(setAsked);
  return (
    <section aria-labelledby="enterprises">
      <SectionHead id="enterprises" title={t('enterprises.title')}>
        {may && (
          <Button tone="accent" onPress={() => setAsked({ what: 'submit' })}>
            {t('enterprises.submit')}
          </Button>
        )}
      </SectionHead>
      <List
        title={t('enterprises.title')}
        columns={columns}
        rows={data?.enterprises}
        keyOf={({ enterpriseId }) => enterpriseId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('enterprises.empty')}
      />
      {asked && <EnterpriseDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </section>
  );
}
