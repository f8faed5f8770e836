/** What waits for a decision. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { OneAccount, useRead } from '../account.tsx';
import type { Template, VoiceFile } from '../api/types.ts';
import { Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageHead } from '../parts/table.tsx';
import { Decide } from './review.tsx';
import { Preview } from './template-preview.tsx';
import { templatePath } from './templates-page.tsx';
import { VoiceFileDetail } from './voice-files-page.tsx';

const isPending = ({ state }: { readonly state: string }): boolean => state === 'pending';

export function ReviewsPage(): ReactNode {
  const { t } = useTranslation();
  const files = useRead<{ voiceFiles: VoiceFile[] }>('/voice-files');
  const templates = useRead<{ templates: Template[] }>('/templates');
  const error = files.error ?? templates.error;
  const pendingFiles = files.data?.voiceFiles.filter(isPending);
  const pendingTemplates = templates.data?.templates.filter(isPending);
  const count = (pendingFiles?.length ?? 0) + (pendingTemplates?.length ?? 0);
  const isThere = pendingFiles !== undefined && pendingTemplates !== undefined;
  return (
    <>
      <PageHead title={t('nav.reviews')} intro={t('review.intro')} />
      <OneAccount />
      {error && <Problem error={error} />}
      {!isThere && !error && <Skeleton lines={6} />}
      {isThere && count === 0 && <Card>{t('review.empty')}</Card>}
      <div className="flex flex-col gap-4">
        {pendingFiles?.map((file) => (
          <Card key={file.name} title={file.name}>
            <div className="flex flex-col gap-3">
              <VoiceFileDetail file={file} />
            </div>
          </Card>
        ))}
        {pendingTemplates?.map((template) => (
          <Card key={template.templateId} title={template.name}>
            <div className="flex flex-col gap-3">
              <Preview content={template.content} speed={template.speed} />
              <Decide path={templatePath(template)} subject={template} />
            </div>
          </Card>
        ))}
      </div>
    </>
  );
}
