import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallEvent, CallHistory } from '../api/types.ts';
import { clockTime } from '../parts/times.ts';

function Row({ at, mark, children }: { at: string; mark: string; children: ReactNode }): ReactNode {
  const { i18n } = useTranslation();
  return (
    <li className="flex gap-3 border-l-2 border-line py-1 pl-3">
      <time dateTime={at} className="shrink-0 font-mono text-sm text-muted tabular-nums">
        {clockTime(at, i18n.language)}
      </time>
      <span className="w-5 shrink-0 text-center font-semibold" aria-hidden="true">
        {mark}
      </span>
      <span className="min-w-0 break-words">{children}</span>
    </li>
  );
}

function EventText({ event }: { event: CallEvent }): ReactNode {
  const { t } = useTranslation();
  const { type, called, digits, stateDesc } = event;
  return (
    <>{t(`call.event.${type as 'callout'}`, { called, digits, reason: stateDesc } as { called: string })}</>
  );
}

/** What happened to the call, in its order. Grows while the call runs. */
export function Timeline({ call }: { call: CallHistory }): ReactNode {
  const { t } = useTranslation();
  return (
    <ol aria-label={t('call.timeline')} aria-live="polite" className="flex flex-col">
      <Row at={call.acceptedAt} mark="→">
        {t('call.request')}
      </Row>
      {call.events.map((event) => (
        <Row key={event.sequence} at={event.at} mark={event.party ?? '•'}>
          <EventText event={event} />
        </Row>
      ))}
    </ol>
  );
}
