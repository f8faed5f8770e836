import type { ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Push, Received } from '../api/types.ts';
import { Badge } from '../parts/controls.tsx';
import { Replay } from '../parts/replay.tsx';
import { dateAndTime } from '../parts/times.ts';

const tones = { delivered: 'good', pending: 'warn', failed: 'bad', dead: 'bad' } as const;

function Block({ title, text }: { title: string; text: string }): ReactNode {
  return (
    <div className="mt-2">
      <p className="text-sm font-medium">{title}</p>
      <pre
        tabIndex={0}
        aria-label={title}
        className="overflow-x-auto rounded-lg bg-raised p-3 font-mono text-sm whitespace-pre-wrap break-all"
      >
        {text}
      </pre>
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function ReceivedPush({ push, isRepeated }: { push: Received; isRepeated: boolean }): ReactNode {
  const { t } = useTranslation();
  const headers = Object.entries(push.headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <>
      {isRepeated && <p className="mt-3 font-medium">{t('call.push.again', { at: dateAndTime(push.at) })}</p>}
      <Badge tone={push.signature === 'valid' ? 'good' : 'bad'}>
        {t(`call.signature.${push.signature}`)}
      </Badge>
      <Block title={t('call.body')} text={pretty(push.body)} />
      <Block title={t('call.headers')} text={headers.join('\n')} />
    </>
  );
}

/** Of each kind pushes arrive for the first time in the order in which they were made; what comes again has the same id. */
function receivedOf(push: Push, pushes: readonly Push[], received: readonly Received[]): readonly Received[] {
  const place = pushes.filter(({ kind }) => kind === push.kind).indexOf(push);
  const ofKind = received.filter(({ kind }) => kind === push.kind);
  const byId = Map.groupBy(ofKind, ({ headers }) => headers['webhook-id']);
  return byId.values().toArray()[place] ?? [];
}

function nameOf(push: Push, [received]: readonly Received[]): StatusEvent | undefined {
  if (push.kind === 'fee' || received === undefined) return undefined;
  return (JSON.parse(received.body) as { eventType?: StatusEvent }).eventType;
}

/** What a status push may tell of (spec 07). */
type StatusEvent = 'callout' | 'alerting' | 'answer' | 'collectInfo' | 'disconnect';

/** What was told to the customer: each push, its attempts, and as it was received. */
export function Pushes({
  pushes,
  received,
}: {
  pushes: readonly Push[];
  received: readonly Received[];
}): ReactNode {
  const { t } = useTranslation();
  if (pushes.length === 0) return <p className="text-muted">{t('call.noPushes')}</p>;
  return (
    <ul className="flex flex-col gap-2">
      {pushes.map((push) => {
        const arrived = receivedOf(push, pushes, received);
        const name = nameOf(push, arrived);
        return (
          <li key={push.id} className="rounded-lg border border-line">
            <Disclosure>
              <Heading level={3}>
                <Button
                  slot="trigger"
                  className="flex w-full flex-wrap items-center gap-2 rounded-lg px-3 py-2 text-left hover:bg-raised"
                >
                  <time dateTime={push.createdAt} className="font-mono text-sm text-muted">
                    {dateAndTime(push.createdAt)}
                  </time>
                  <span className="font-medium">
                    {t(`call.push.${push.kind}`)}
                    {name !== undefined && `: ${t(`call.push.events.${name}`)}`}
                  </span>
                  <Badge tone={tones[push.state]}>{t(`call.push.${push.state}`)}</Badge>
                  <span className="text-sm text-muted">
                    {t('call.push.attempts', { count: push.deliveries.length })}
                  </span>
                </Button>
              </Heading>
              <DisclosurePanel>
                <div className="px-3 pb-3">
                  <p className="font-mono text-sm break-all">POST {push.url}</p>
                  <ul className="text-sm">
                    {push.deliveries.map(({ attempt, at, duration, httpStatus, error, replayedBy }) => (
                      <li key={attempt}>
                        {attempt}. {dateAndTime(at)} · {error ?? httpStatus} ·{' '}
                        {t('call.milliseconds', { count: Math.round(duration) })}
                        {replayedBy && ` · ${t('call.push.by', { name: replayedBy })}`}
                      </li>
                    ))}
                  </ul>
                  {push.nextAttemptAt !== undefined && (
                    <p className="text-sm text-muted">
                      {t('call.push.next', { at: dateAndTime(push.nextAttemptAt) })}
                    </p>
                  )}
                  <div className="my-2">
                    <Replay push={push} />
                  </div>
                  {arrived.map((one, index) => (
                    <ReceivedPush key={one.at + String(index)} push={one} isRepeated={index > 0} />
                  ))}
                </div>
              </DisclosurePanel>
            </Disclosure>
          </li>
        );
      })}
    </ul>
  );
}
