/** Texts that calls speak, with gaps that each call fills. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OneAccount, useChange, useMay, useRead } from '../account.tsx';
import type { Template } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { Confirm, Dialog } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { Decide, Revisions, ReviewState } from './review.tsx';
import { Preview } from './template-preview.tsx';

export const templatePath = ({ templateId }: Pick<Template, 'templateId'>): string =>
  `/templates/${templateId}`;

function TemplateForm({ template, onClose }: { template?: Template; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={template === undefined ? t('templates.create') : t('templates.change', { name: template.name })}
      fields={[
        { name: 'name', label: t('ops.name'), isRequired: true, initial: template?.name },
        {
          name: 'content',
          label: t('templates.content'),
          hint: t('templates.contentHint'),
          kind: 'area',
          isRequired: true,
          initial: template?.content,
        },
        {
          name: 'speed',
          label: t('templates.speed'),
          hint: t('templates.speedHint'),
          kind: 'number',
          initial: template?.speed ?? 0,
        },
      ]}
      submit={template === undefined ? t('templates.create') : t('ops.save')}
      aside={({ content, speed }) => <Preview content={String(content)} speed={Number(speed)} />}
      onSubmit={(body) =>
        template === undefined
          ? change('POST', '/templates', body)
          : change('PATCH', templatePath(template), body)
      }
      onClose={onClose}
    />
  );
}

type Asked =
  | { readonly what: 'create' }
  | { readonly what: 'open' | 'change' | 'remove'; readonly id: string };

export function TemplatesPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useChange();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ templates: Template[] }>('/templates');
  const close = (): void => setAsked(undefined);
  const id = asked && 'id' in asked ? asked.id : undefined;
  const chosen = data?.templates.find(({ templateId }) => templateId === id);
  const columns = [
    { title: t('ops.name'), cell: ({ name }: Template) => <strong className="font-medium">{name}</strong> },
    { title: t('templates.content'), cell: ({ content }: Template) => content, look: 'min-w-56' },
    { title: t('ops.state'), cell: (template: Template) => <ReviewState {...template} /> },
    {
      title: t('ops.actions'),
      cell: ({ templateId }: Template) => (
        <Actions>
          <Button onPress={() => setAsked({ what: 'open', id: templateId })}>{t('ops.open')}</Button>
          {may && (
            <>
              <Button onPress={() => setAsked({ what: 'change', id: templateId })}>{t('ops.change')}</Button>
              <Button onPress={() => setAsked({ what: 'remove', id: templateId })}>{t('ops.remove')}</Button>
            </>
          )}
        </Actions>
      ),
    },
  ];
  return (
    <>
      <PageHead title={t('nav.templates')} intro={t('templates.intro')}>
        {may && (
          <Button tone="accent" onPress={() => setAsked({ what: 'create' })}>
            {t('templates.create')}
          </Button>
        )}
      </PageHead>
      <OneAccount />
      <List
        title={t('nav.templates')}
        columns={columns}
        rows={data?.templates}
        keyOf={({ templateId }) => templateId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('templates.empty')}
      />
      {asked?.what === 'create' && <TemplateForm onClose={close} />}
      {asked?.what === 'change' && chosen && <TemplateForm template={chosen} onClose={close} />}
      {asked?.what === 'open' && chosen && (
        <Dialog title={chosen.name} onClose={close}>
          <p className="font-mono text-sm break-all">templateId {chosen.templateId}</p>
          <ReviewState {...chosen} />
          <Preview content={chosen.content} speed={chosen.speed} />
          <Decide path={templatePath(chosen)} subject={chosen} />
          <Revisions path={templatePath(chosen)} />
          <Button onPress={close}>{t('app.close')}</Button>
        </Dialog>
      )}
      {asked?.what === 'remove' && chosen && (
        <Confirm
          title={t('voiceFiles.removeOf', { name: chosen.name })}
          text={t('voiceFiles.removeText')}
          action={t('ops.remove')}
          onConfirm={() => change('DELETE', templatePath(chosen))}
          onClose={close}
        />
      )}
    </>
  );
}
