/** Texts that calls speak, with gaps that each call fills. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead } from '../account.tsx';
import type { Template } from '../api/types.ts';
import { Button, TextField } from '../parts/controls.tsx';
import { Confirm, Dialog } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { Decide, Revisions, ReviewState } from './review.tsx';

export const templatePath = ({ templateId }: Pick<Template, 'templateId'>): string =>
  `/templates/${templateId}`;

const gap = /\$\{(?:TXT_\d+|NUM_\d+|DATE|TIME)\}/g;
const samples = { TXT: '张女士', NUM: '3', DATE: '2026/05/01', TIME: '09:30' } as const;

/** The text with its gaps filled by values that can be changed. */
export function Preview({ content }: { content: string }): ReactNode {
  const { t } = useTranslation();
  const gaps = [...content.matchAll(gap)].map(([text]) => text);
  const [given, setGiven] = useState<Readonly<Record<number, string>>>({});
  const valueOf = (index: number): string =>
    given[index] ?? samples[(gaps[index] ?? '').slice(2).split(/[_}]/)[0] as keyof typeof samples] ?? '';
  const texts = content.split(gap);
  return (
    <section aria-label={t('templates.preview')} className="rounded-lg bg-raised p-3">
      <p className="mb-2 text-sm font-medium">{t('templates.preview')}</p>
      <p lang="zh-CN">
        {texts.map((text, index) => (
          // A gap is known by its place.
          <span key={index}>
            {text}
            {index < gaps.length && (
              <mark className="rounded bg-surface px-1 text-text">{valueOf(index)}</mark>
            )}
          </span>
        ))}
      </p>
      <div className="mt-3 grid gap-3 sm:grid-cols-2">
        {gaps.map((name, index) => (
          <TextField
            key={index}
            label={`${index + 1}. ${name}`}
            value={valueOf(index)}
            onChange={(value) => setGiven((before) => ({ ...before, [index]: value }))}
          />
        ))}
      </div>
    </section>
  );
}

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
      aside={({ content }) => <Preview content={String(content)} />}
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
          <Preview content={chosen.content} />
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
