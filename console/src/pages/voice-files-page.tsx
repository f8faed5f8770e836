/** Sound that calls play. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OneAccount, useAccountPath, useChange, useMay, useRead } from '../account.tsx';
import type { VoiceFile } from '../api/types.ts';
import { Button, Select, Skeleton } from '../parts/controls.tsx';
import { Confirm, Dialog } from '../parts/dialogs.tsx';
import { Actions, List, PageHead, Table } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';
import { Decide, type Decision, Revisions, ReviewState } from './review.tsx';
import { VoiceFileUpload } from './voice-file-upload.tsx';

const Waveform = lazy(async () => ({ default: (await import('../call/waveform.tsx')).Waveform }));

export const voiceFilePath = ({ name }: { readonly name: string }): string =>
  `/voice-files/${encodeURIComponent(name)}`;

/** Of A-law at 8000 Hz. */
const OCTETS_PER_MS = 8;

const sizeOf = (octets: number): string => `${Math.ceil(octets / 1_024)} KB`;

/** What was found, beside what calls play of it. */
function Converted({ source, duration: length, loudness }: VoiceFile): ReactNode {
  const { t, i18n } = useTranslation();
  const level = (value: number | undefined): string =>
    value === undefined
      ? t('converted.unmeasured')
      : `${value.toLocaleString(i18n.language, { minimumFractionDigits: 1 })} dBFS`;
  const rows = [
    [t('converted.form'), source.description, t('converted.played_form')],
    [t('converted.length'), duration(length), duration(length)],
    [t('converted.loudness'), level(source.loudness), level(loudness)],
    [t('converted.size'), sizeOf(source.size), sizeOf(length * OCTETS_PER_MS)],
  ] as const;
  return (
    <Table
      title={t('converted.played')}
      keyOf={([name]) => name}
      rows={rows}
      columns={[
        { title: t('converted.what'), cell: ([name]: (typeof rows)[number]) => name, look: 'text-muted' },
        { title: t('converted.uploaded'), cell: ([, uploaded]: (typeof rows)[number]) => uploaded },
        { title: t('converted.played'), cell: ([, , played]: (typeof rows)[number]) => played },
      ]}
    />
  );
}

export function VoiceFileDetail({
  file,
  hasKeys,
  onDecided,
}: {
  file: VoiceFile;
  hasKeys?: boolean;
  onDecided?: (decision: Decision) => void;
}): ReactNode {
  const { t } = useTranslation();
  const pathOf = useAccountPath();
  const path = voiceFilePath(file);
  const { description, reason } = file;
  const [form, setForm] = useState<string>('converted');
  return (
    <>
      <ReviewState {...file} />
      {reason !== undefined && <p>{reason}</p>}
      {description !== '' && <p>{description}</p>}
      <Converted {...file} />
      <Select
        label={t('converted.which')}
        value={form}
        onChange={setForm}
        choices={[
          { id: 'converted', text: t('converted.played') },
          { id: 'original', text: `${t('converted.uploaded')}: ${file.source.description}` },
        ]}
      />
      <Suspense fallback={<Skeleton lines={2} />}>
        <Waveform url={pathOf(`/admin/v1${path}/audio?form=${form}&revision=${file.revision}`)} />
      </Suspense>
      <Decide path={path} subject={file} hasKeys={hasKeys} onDecided={onDecided} />
    </>
  );
}

export function VoiceFilesPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useChange();
  const [open, setOpen] = useState<string>();
  const [removing, setRemoving] = useState<VoiceFile>();
  const { data, error, refetch } = useRead<{ voiceFiles: VoiceFile[] }>('/voice-files');
  const shown = data?.voiceFiles.find(({ name }) => name === open);
  const columns = [
    { title: t('ops.name'), cell: ({ name }: VoiceFile) => name, look: 'font-mono text-sm' },
    { title: t('ops.state'), cell: (file: VoiceFile) => <ReviewState {...file} /> },
    { title: t('calls.columns.duration'), cell: (file: VoiceFile) => duration(file.duration) },
    { title: t('voiceFiles.source'), cell: ({ source }: VoiceFile) => source.description },
    {
      title: t('ops.actions'),
      cell: (file: VoiceFile) => (
        <Actions>
          <Button onPress={() => setOpen(file.name)}>{t('ops.open')}</Button>
          {may && <Button onPress={() => setRemoving(file)}>{t('ops.remove')}</Button>}
        </Actions>
      ),
    },
  ];
  return (
    <>
      <PageHead title={t('nav.voice-files')} intro={t('voiceFiles.intro')} />
      <OneAccount />
      {may && <VoiceFileUpload onUploaded={({ name }) => setOpen(name)} />}
      <div className="mt-4">
        <List
          title={t('nav.voice-files')}
          columns={columns}
          rows={data?.voiceFiles}
          keyOf={({ name }) => name}
          error={error}
          onRetry={() => void refetch()}
          empty={t('voiceFiles.empty')}
        />
      </div>
      {shown && (
        <Dialog title={shown.name} onClose={() => setOpen(undefined)}>
          <VoiceFileDetail file={shown} />
          <Revisions path={voiceFilePath(shown)} />
          <Button onPress={() => setOpen(undefined)}>{t('app.close')}</Button>
        </Dialog>
      )}
      {removing && (
        <Confirm
          title={t('voiceFiles.removeOf', { name: removing.name })}
          text={t('voiceFiles.removeText')}
          action={t('ops.remove')}
          onConfirm={() => change('DELETE', voiceFilePath(removing))}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}
