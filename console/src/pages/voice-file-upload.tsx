/** A sound file, dropped or chosen, and how far it has come. */
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { DropZone, type DropItem, FileTrigger, Label, ProgressBar, Text } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccountPath } from '../account.tsx';
import { type ApiError, refusalOf } from '../api/client.ts';
import type { VoiceFile } from '../api/types.ts';
import { Button, Card } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { say } from '../parts/toasts.tsx';

/** Of its name only what the platform takes, and `.wav` at its end. */
const nameFor = (file: string): string =>
  `${file.replace(/\.[^.]*$/, '').replaceAll(/[^\w.@-]/g, '-') || 'voice'}.wav`;

/** By XMLHttpRequest: fetch does not tell how much was sent. Rejects with ApiError. */
function upload(path: string, form: FormData, onProgress: (percent: number) => void): Promise<VoiceFile> {
  return new Promise((resolve, reject: (error: ApiError) => void) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/admin/v1${path}`);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress((100 * loaded) / total));
    request.addEventListener('error', () => reject(refusalOf(0, '')));
    request.addEventListener('load', () => {
      const { status, responseText } = request;
      if (status === 201) resolve(JSON.parse(responseText) as VoiceFile);
      else reject(refusalOf(status, responseText));
    });
    request.send(form);
  });
}

export function VoiceFileUpload({ onUploaded }: { onUploaded: (file: VoiceFile) => void }): ReactNode {
  const { t } = useTranslation();
  const client = useQueryClient();
  const path = useAccountPath()('/voice-files');
  const [percent, setPercent] = useState<number>();
  const [error, setError] = useState<unknown>();
  const send = async (file: File): Promise<void> => {
    const form = new FormData();
    form.set('name', nameFor(file.name));
    form.set('file', file);
    setError(undefined);
    setPercent(0);
    try {
      const sent = await upload(path, form, setPercent);
      say({ text: t('voiceFiles.uploaded', { name: sent.name }), tone: 'good' });
      await client.invalidateQueries();
      onUploaded(sent);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setPercent(undefined);
    }
  };
  const drop = async (items: readonly DropItem[]): Promise<void> => {
    for (const item of items) if (item.kind === 'file') await send(await item.getFile());
  };
  return (
    <Card>
      <DropZone
        onDrop={({ items }) => void drop(items)}
        className="flex flex-col items-center gap-3 rounded-xl border-2 border-dashed border-line p-6 text-center data-drop-target:border-accent data-drop-target:bg-raised"
      >
        <Text slot="label">{t('voiceFiles.drop')}</Text>
        <FileTrigger
          acceptedFileTypes={['audio/*', '.wav', '.mp3', '.ogg', '.opus', '.flac']}
          onSelect={(files) => files?.[0] && void send(files[0])}
        >
          <Button tone="accent" isDisabled={percent !== undefined}>
            {t('voiceFiles.choose')}
          </Button>
        </FileTrigger>
        {percent !== undefined && (
          <ProgressBar value={percent} className="w-full max-w-96">
            {({ percentage, valueText }) => (
              <>
                <Label>{t('voiceFiles.uploading')}</Label> {valueText}
                <div className="h-2 rounded bg-raised">
                  <div className="h-2 rounded bg-accent" style={{ width: `${percentage}%` }} />
                </div>
              </>
            )}
          </ProgressBar>
        )}
      </DropZone>
      {error !== undefined && <Problem error={error} />}
    </Card>
  );
}
