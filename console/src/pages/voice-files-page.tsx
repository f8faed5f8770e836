/** Sound that calls play. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountPath, useChange, useMay, useRead } from '../account.tsx';
import type { VoiceFile } from '../api/types.ts';
import { Button, Skeleton } from '../parts/controls.tsx';
import { Confirm, Dialog } from '../parts/dialogs.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { duration } from '../parts/times.ts';
import { Decide, Revisions, ReviewState } from './review.tsx';
import { VoiceFileUpload } from './voice-file-upload.tsx';

const Waveform = lazy(async () => ({ default: (await import('../call/waveform.tsx')).Waveform }));

export const voiceFilePath = ({ name }: Pick<VoiceFile, 'name'>): string =>
  `/voice-files/${encodeURIComponent(name)}`;

export function VoiceFileDetail({ file }: { file: VoiceFile }): ReactNode {
  const { t } = useTranslation();
  const pathOf = useAccountPath();
  const path = voiceFilePath(file);
  const { source, description, reason } = file;
  return (
    <>
      <ReviewState {...file} />
      {reason !== undefined && <p>{reason}</p>}
      <p>
        {t('voiceFiles.found', { found: source.description, size: Math.ceil(source.size / 1024) })}
        {description !== '' && ` · ${description}`}
      </p>
      <Suspense fallback={<Skeleton lines={2} />}>
        <Waveform url={pathOf(`/admin/v1${path}/audio?revision=${file.revision}`)} />
      </Suspense>
      <Decide path={path} subject={file} />
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
