/** Why a call ended, in words; loaded with the texts. */
import '../i18n/causes.ts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types.ts';
import { releaseText } from '../i18n/codes.ts';
import { type Cause as Code, causesEn } from '../i18n/causes-en.ts';

const isKnown = (code: string): code is Code => code in causesEn.causes;

export function Cause({ verdict }: { verdict: NonNullable<Call['verdict']> }): ReactNode {
  const { t, i18n } = useTranslation();
  const { releaseCause, description } = verdict;
  const code = String(verdict.releaseCause);
  return (
    <div className="mt-3">
      <p>
        <strong>{t('call.released')}:</strong> {isKnown(code) ? t(`causes.${code}`) : verdict.description}
      </p>
      <p className="text-sm text-muted">
        {code} {releaseText(i18n.language, releaseCause, description)} · {t(`call.by.${verdict.releasedBy}`)}{' '}
        · {t('call.teardown')} {verdict.teardownPoint}
      </p>
    </div>
  );
}
