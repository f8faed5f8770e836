/** What a template would say: read, and heard, with samples that can be changed; and what is wrong with it. */
import { type ReactNode, Suspense, lazy, useEffect, useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAccountPath } from '../account.tsx';
import { answerTo, api } from '../api/client.ts';
import type { TemplatePreview } from '../api/types.ts';
import { Button, Skeleton, TextField } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';

const Waveform = lazy(async () => ({ default: (await import('../call/waveform.tsx')).Waveform }));

/** ms without a key before the platform is asked. */
const SETTLED = 250;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** By what was spoken, so that an old sound is never shown below a new text. */
type Heard = { readonly spoken: string } & ({ readonly sound: Blob } | { readonly error: unknown });

function Listen({ body, isReady }: { body: object; isReady: boolean }): ReactNode {
  const { t } = useTranslation();
  const path = useAccountPath()('/templates/preview/audio');
  const [heard, setHeard] = useState<Heard>();
  const [busy, setBusy] = useState(false);
  const spoken = JSON.stringify(body);
  const listen = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await answerTo('POST', path, { body });
      setHeard({ spoken, sound: await answer.blob() });
    } catch (error) {
      setHeard({ spoken, error });
    } finally {
      setBusy(false);
    }
  };
  const current = heard?.spoken === spoken ? heard : undefined;
  return (
    <div className="mt-3 flex flex-col gap-3">
      {(current === undefined || 'error' in current) && (
        <Button
          data-listen
          className="self-start"
          isDisabled={busy || !isReady}
          onPress={() => void listen()}
        >
          {busy ? t('preview.speaking') : t('preview.listen')}
        </Button>
      )}
      {current && 'error' in current && <Problem error={current.error} />}
      {current && 'sound' in current && (
        <div role="group" aria-label={t('preview.spoken')}>
          <Suspense fallback={<Skeleton lines={2} />}>
            <Waveform sound={current.sound} isPlayed />
          </Suspense>
        </div>
      )}
    </div>
  );
}

function Text({ pieces, gaps }: TemplatePreview): ReactNode {
  return (
    <p lang="zh-CN" className="break-words">
      {pieces.map(({ text, gap }, index) =>
        gap === undefined ? (
          <span key={index}>{text}</span>
        ) : (
          <mark
            key={index}
            className={`rounded bg-surface px-1 ${gaps[gap]?.isAccepted ? 'text-text' : 'text-bad line-through'}`}
          >
            {text}
          </mark>
        ),
      )}
    </p>
  );
}

/** @param speed of the voice; what is no number counts as 0 until it is one */
export function Preview({ content, speed = 0 }: { content: string; speed?: number }): ReactNode {
  const { t } = useTranslation();
  const path = useAccountPath()('/templates/preview');
  const [given, setGiven] = useState<Readonly<Record<number, string>>>({});
  const settled = useSettled(content);
  const values = Array.from(
    { length: Math.max(0, ...Object.keys(given).map((index) => Number(index) + 1)) },
    (_, index) => given[index] ?? null,
  );
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['preview', path, settled, values],
    queryFn: () => api<TemplatePreview>('POST', path, { content: settled, values }),
    enabled: settled !== '',
    placeholderData: keepPreviousData,
  });
  const shown = settled === '' ? undefined : data;
  const isFresh = settled === content && !isPlaceholderData;
  const isGood = shown !== undefined && shown.problem === undefined;
  const isReady = isFresh && isGood && shown.gaps.every(({ isAccepted }) => isAccepted);
  return (
    <section aria-label={t('preview.title')} className="rounded-lg bg-raised p-3">
      <p className="mb-2 flex flex-wrap justify-between gap-2 text-sm font-medium">
        {t('preview.title')}
        {shown && (
          <span className={shown.octets > 900 ? 'text-bad' : 'text-muted'}>
            {t('preview.octets', { octets: shown.octets })}
          </span>
        )}
      </p>
      {error && settled !== '' && <Problem error={error} />}
      {shown === undefined ? (
        !error && <p className="text-muted">{t('preview.empty')}</p>
      ) : (
        <Text {...shown} />
      )}
      <p role="status" className={`mt-2 text-sm ${isGood ? 'text-good' : 'text-bad'}`}>
        {shown && (isGood ? t('preview.good') : `${shown.problem?.message} ${shown.problem?.remedy ?? ''}`)}
      </p>
      <div role="status" className="text-sm text-warn">
        {shown?.warnings?.map((warning, index) => (
          <p key={index}>{t('preview.warning', { warning })}</p>
        ))}
      </div>
      {shown && shown.gaps.length > 0 && (
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          {shown.gaps.map(({ name, value, isAccepted }, index) => (
            // A gap is known by its place.
            <TextField
              key={index}
              label={`${index + 1}. ${name}`}
              value={given[index] ?? value}
              problem={isAccepted ? undefined : t('preview.gapWrong')}
              onChange={(typed) => setGiven((before) => ({ ...before, [index]: typed }))}
            />
          ))}
        </div>
      )}
      {shown && (
        <Listen body={{ content, values, speed: Number.isInteger(speed) ? speed : 0 }} isReady={isReady} />
      )}
    </section>
  );
}
