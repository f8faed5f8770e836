import type { ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Call, CallEvent, CallHistory } from '../api/types.ts';
import { releaseText } from '../i18n/codes.ts';
import { clockTime } from '../parts/times.ts';

function Row({ at, mark, children }: { at: string; mark: string; children: ReactNode }): ReactNode {
  return (
    <li className="flex gap-3 border-l-2 border-line py-1 pl-3">
      <time dateTime={at} className="shrink-0 font-mono text-sm text-muted tabular-nums">
        {clockTime(at)}
      </time>
      <span className="w-5 shrink-0 text-center font-semibold" aria-hidden="true">
        {mark}
      </span>
      <span className="min-w-0 flex-1 break-words">{children}</span>
    </li>
  );
}

function EventText({ event }: { event: CallEvent }): ReactNode {
  const { t, i18n } = useTranslation();
  const { type, called, digits, stateCode, stateDesc } = event;
  const reason = releaseText(i18n.language, stateCode, stateDesc);
  return <>{t(`call.event.${type as 'callout'}`, { called, digits, reason } as { called: string })}</>;
}

type Prompt = CallHistory['prompts'][number];

function PromptText({ prompt: { kind, name } }: { prompt: Prompt }): ReactNode {
  const { t } = useTranslation();
  if (kind === 'system') return <>{t(`call.prompt.system.${name as 'transfer'}`, { defaultValue: name })}</>;
  return <>{t(`call.prompt.${kind}`, { name })}</>;
}

type Attempt = NonNullable<Call['legs'][number]['attempts']>[number];

function AttemptText({ attempt }: { attempt: Attempt }): ReactNode {
  const { t } = useTranslation();
  const { trunk, gateway, result, sipStatus, q850 } = attempt;
  const said = t(`call.attempt.${result as 'answered'}`, { defaultValue: result });
  const causes = [sipStatus && `SIP ${sipStatus}`, q850 && `Q.850 ${q850}`].filter(Boolean);
  const by = gateway === undefined ? trunk : `${trunk} (${gateway})`;
  return <>{[t('call.triedBy', { by, said }), ...causes].join(' · ')}</>;
}

/** What the request asked for, as the platform understood it. */
function Request({ call }: { call: CallHistory }): ReactNode {
  const { t } = useTranslation();
  const { appKey, order, statusUrl, feeUrl, userData, sandbox } = call;
  return (
    <Disclosure>
      <Button slot="trigger" className="rounded text-left underline decoration-dotted">
        {t('call.request')}
      </Button>
      <DisclosurePanel>
        <pre
          tabIndex={0}
          aria-label={t('call.request')}
          className="mt-2 overflow-x-auto rounded-lg bg-raised p-3 font-mono text-sm"
        >
          {JSON.stringify({ appKey, ...order, statusUrl, feeUrl, userData, sandbox }, null, 2)}
        </pre>
      </DisclosurePanel>
    </Disclosure>
  );
}

interface Happening {
  readonly key: string;
  readonly at: string;
  readonly mark: string;
  readonly said: ReactNode;
}

const by = ({ at }: Happening): number => Date.parse(at);

/** In the order in which they happened; of the same time in the order given here. */
function happeningsOf(call: CallHistory, bridged: string): Happening[] {
  const { legs, events, prompts, bridgedAt } = call;
  const tried = legs.flatMap(({ party, attempts = [] }) =>
    attempts.map((attempt, index) => ({
      key: `attempt ${party} ${index}`,
      at: attempt.at,
      mark: party,
      said: <AttemptText attempt={attempt} />,
    })),
  );
  const happened = events.map((event) => ({
    key: `event ${event.sequence}`,
    at: event.at,
    mark: event.party ?? '•',
    said: <EventText event={event} />,
  }));
  const heard = prompts.map((prompt, index) => ({
    key: `prompt ${index}`,
    at: prompt.at,
    mark: prompt.party,
    said: <PromptText prompt={prompt} />,
  }));
  const joined = bridgedAt === undefined ? [] : [{ key: 'bridge', at: bridgedAt, mark: '⇄', said: bridged }];
  return [...tried, ...happened, ...heard, ...joined].sort((one, other) => by(one) - by(other));
}

/** What happened to the call, in its order. Grows while the call runs. */
export function Timeline({ call }: { call: CallHistory }): ReactNode {
  const { t } = useTranslation();
  return (
    <ol aria-label={t('call.timeline')} aria-live="polite" className="flex flex-col">
      <Row at={call.acceptedAt} mark="→">
        <Request call={call} />
      </Row>
      {call.waitUntil !== undefined && call.legs.length === 0 && call.state === 'accepted' && (
        <Row at={call.acceptedAt} mark="•">
          {t('call.waits')}
        </Row>
      )}
      {happeningsOf(call, t('call.bridged')).map(({ key, at, mark, said }) => (
        <Row key={key} at={at} mark={mark}>
          {said}
        </Row>
      ))}
    </ol>
  );
}
