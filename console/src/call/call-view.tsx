/** One call: what happened, what was told of it, what was recorded. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../account.tsx';
import { ApiError } from '../api/client.ts';
import type { Call, CallHistory } from '../api/types.ts';
import { en } from '../i18n/en.ts';
import { Badge, Button, Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { dayAndZone } from '../parts/times.ts';
import { Ladder } from './ladder.tsx';
import { Pushes } from './pushes.tsx';
import { Timeline } from './timeline.tsx';
import { isAllTold, useCall, useFollowedCall, useReceived, useReveal } from './use-call.ts';

const Quality = lazy(async () => ({ default: (await import('./quality.tsx')).Quality }));
const Cause = lazy(async () => ({ default: (await import('./cause.tsx')).Cause }));
const Waveform = lazy(async () => ({ default: (await import('./waveform.tsx')).Waveform }));

/** ms: shorter recordings are not offered (spec 06). */
const SHORTEST_RECORDING = 3_000;

export function StateBadge({ state, verdict }: Pick<Call, 'state' | 'verdict'>): ReactNode {
  const { t } = useTranslation();
  const tone = state !== 'ended' ? 'warn' : verdict?.releaseCause === 0 ? 'good' : 'bad';
  return <Badge tone={tone}>{t(`call.state.${state}`)}</Badge>;
}

const isExplained = (cause: string): cause is keyof typeof en.call.audio.causes =>
  cause in en.call.audio.causes;

function Audio({ legs }: Pick<Call, 'legs'>): ReactNode {
  const { t } = useTranslation();
  const heard = legs.filter(({ audio }) => audio !== undefined);
  if (heard.length === 0) return null;
  return (
    <Card title={t('call.audio.title')}>
      <div className="grid gap-3 sm:grid-cols-2">
        {heard.map(({ party, audio }) => (
          <div key={party}>
            <p className="font-medium">
              {t('call.leg', { party })}:{' '}
              <Badge tone={audio?.audio === 'both-ways' ? 'good' : 'bad'}>
                {audio && t(`call.audio.${audio.audio}`)}
              </Badge>
            </p>
            {audio?.causes.map((cause) => (
              <p key={cause} className="text-sm">
                {isExplained(cause) && t(`call.audio.causes.${cause}`)}{' '}
                <span className="font-mono text-muted">{cause}</span>
              </p>
            ))}
            {audio?.received && (
              <p className="text-sm text-muted">
                {t('call.audio.mos')} {audio.received.mos.toFixed(1)} · {t('call.audio.loss')}{' '}
                {(100 * audio.received.loss).toFixed(1)} % · {t('call.audio.jitter')}{' '}
                {t('call.milliseconds', { count: Math.round(audio.received.jitter) })}
              </p>
            )}
          </div>
        ))}
      </div>
    </Card>
  );
}

function Detail({ call, revealKey }: { call: CallHistory; revealKey: string | undefined }): ReactNode {
  const { t } = useTranslation();
  const isOver = isAllTold(call);
  const received = useReceived(call);
  const { verdict, recording } = call;
  // Messages show carriers: they are the operator's.
  const mayOperate = useMay('operate');
  return (
    <>
      <Card
        title={
          <span className="flex flex-wrap items-center gap-3">
            {t('call.timeline')} <StateBadge {...call} />
          </span>
        }
      >
        <p className="font-mono text-sm break-all text-muted">{call.sessionId}</p>
        <p className="mb-3 text-sm text-muted">{t('call.times', { day: dayAndZone(call.acceptedAt) })}</p>
        <Timeline call={call} />
        {verdict && (
          <Suspense fallback={<Skeleton lines={2} />}>
            <Cause verdict={verdict} />
          </Suspense>
        )}
      </Card>
      {recording?.url !== undefined && recording.milliseconds !== undefined && (
        <Card title={t('call.recording')}>
          <Suspense fallback={<Skeleton lines={2} />}>
            <Waveform url={recording.url} />
          </Suspense>
        </Card>
      )}
      {isOver && recording?.milliseconds !== undefined && recording.url === undefined && (
        <Card title={t('call.recording')}>
          <p className="text-muted">
            {recording.milliseconds < SHORTEST_RECORDING
              ? t('call.recordingTooShort', { seconds: (recording.milliseconds / 1_000).toFixed(1) })
              : t('call.recordingGone')}
          </p>
        </Card>
      )}
      <Card title={t('call.pushes')}>
        <Pushes pushes={call.pushes} received={received} />
      </Card>
      <Audio legs={call.legs} />
      {mayOperate && <Ladder sessionId={call.sessionId} isOver={isOver} revealKey={revealKey} />}
      <Suspense fallback={<Skeleton lines={6} />}>
        <Quality sessionId={call.sessionId} isOver={call.state === 'ended'} />
      </Suspense>
      <Card title={t('call.record')}>
        {call.cdr === undefined ? (
          <p className="text-muted">{t('call.noRecord')}</p>
        ) : (
          <pre
            tabIndex={0}
            aria-label={t('call.record')}
            className="overflow-x-auto rounded-lg bg-raised p-3 font-mono text-sm"
          >
            {JSON.stringify(call.cdr, null, 2)}
          </pre>
        )}
      </Card>
    </>
  );
}

/** Whether its numbers are masked. */
const isMasked = ({ order, legs }: CallHistory): boolean =>
  [order['callerNbr'], order['calleeNbr'], ...legs.map(({ to }) => to)].some(
    (number) => typeof number === 'string' && number.includes('*'),
  );

function Reveal({ reveal }: { reveal: () => Promise<void> }): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>{t('call.masked')}</p>
        <Button onPress={() => void reveal().catch(setError)}>{t('call.reveal')}</Button>
      </div>
      {error !== undefined && <Problem error={error} />}
    </Card>
  );
}

export function CallView({ sessionId }: { sessionId: string }): ReactNode {
  const { t } = useTranslation();
  const { revealKey, reveal } = useReveal(sessionId);
  const { data: call, error, refetch } = useCall(sessionId, revealKey);
  useFollowedCall(sessionId);
  const mayReveal = useMay('manage');
  if (error instanceof ApiError && error.status === 404) return <Card>{t('call.notThere')}</Card>;
  if (error && call === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (call === undefined) return <Skeleton lines={6} />;
  return (
    <>
      {mayReveal && isMasked(call) && <Reveal reveal={reveal} />}
      <Detail call={call} revealKey={revealKey} />
    </>
  );
}
