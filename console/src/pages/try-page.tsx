/** The first minute: two phones, one button, and everything that the call causes beside them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { api } from '../api/client.ts';
import type { App, DisplayNumber, PhoneEntry } from '../api/types.ts';
import { CallView } from '../call/call-view.tsx';
import { useCall } from '../call/use-call.ts';
import { Button, Card, Select, Skeleton, Switch } from '../parts/controls.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Problem } from '../parts/problem.tsx';
import { wakeAudio } from '../phone/phone-audio.ts';
import type { BrowserPhone } from '../phone/browser-phone.ts';
import { PhoneCard, usePhone, usePhoneState } from '../phone/phone-card.tsx';
import { Snippets } from './snippets.tsx';

interface Ready {
  readonly app: App;
  readonly display: string;
  readonly phones: readonly PhoneEntry[];
}

/** The ready-made app of the sandbox with a number to show; null where there is none. */
async function ready(): Promise<Ready | null> {
  const [{ apps }, { numbers }, { phones }] = await Promise.all([
    api<{ apps: App[] }>('GET', '/apps'),
    api<{ numbers: DisplayNumber[] }>('GET', '/numbers'),
    api<{ phones: PhoneEntry[] }>('GET', '/phones'),
  ]);
  const app = apps.find(
    ({ sandbox, capability, state }) => sandbox && capability === 'callback' && state === 'active',
  );
  const display = numbers.find(({ appKey, state }) => appKey === app?.appKey && state === 'in-use');
  if (app === undefined || display === undefined || phones.length === 0) return null;
  return { app, display: display.number, phones };
}

/** Numbers that nobody else's page holds; a page that is loaded again has the same. */
function ownNumber(party: 'A' | 'B'): string {
  const key = `ovc-phone-${party}`;
  const kept = sessionStorage.getItem(key);
  if (kept !== null) return kept;
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  const number = `+86138${String(10_000_000 + (drawn % 89_999_999))}`;
  sessionStorage.setItem(key, number);
  return number;
}

const IN_THIS_PAGE = 'page';

function PhoneChoice({
  title,
  own,
  phone,
  phones,
  value,
  onChange,
  isDisabled,
}: {
  title: string;
  own: string;
  phone: BrowserPhone | undefined;
  phones: readonly PhoneEntry[];
  value: string;
  onChange: (value: string) => void;
  isDisabled: boolean;
}): ReactNode {
  const { t } = useTranslation();
  const entry = phones.find(({ number }) => number === value);
  const choices = [
    { id: IN_THIS_PAGE, text: t('phone.choice') },
    ...phones.map(({ number, behaviour }) => ({
      id: number,
      text: number,
      more: t(`phones.${behaviour}`),
    })),
  ];
  return (
    <div className="flex flex-col gap-3">
      <Select label={title} choices={choices} value={value} onChange={onChange} isDisabled={isDisabled} />
      {entry === undefined ? (
        <PhoneCard title={title} number={own} phone={phone} />
      ) : (
        <Card>
          <h2 className="font-semibold">{title}</h2>
          <p className="mb-2 font-mono">{entry.number}</p>
          <p>{t(`phones.${entry.behaviour}`)}</p>
          <p className="text-sm text-muted">{t('phone.scriptedHint')}</p>
        </Card>
      )}
    </div>
  );
}

export function TryPage(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ['ready'], queryFn: ready });
  return (
    <>
      <PageTitle title={t('try.title')} />
      <p className="mb-4 max-w-prose text-muted">{t('try.intro')}</p>
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton lines={8} />
      ) : data === null ? (
        <Card>{t('try.noApp')}</Card>
      ) : (
        <FirstMinute {...data} />
      )}
    </>
  );
}

function FirstMinute({ app, display, phones }: Ready): ReactNode {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const sessionId = search.get('call') ?? undefined;
  const [parties, setParties] = useState({ A: IN_THIS_PAGE, B: phones[1]?.number ?? IN_THIS_PAGE });
  const [record, setRecord] = useState(true);
  const held = {
    A: usePhone(parties.A === IN_THIS_PAGE ? ownNumber('A') : undefined),
    B: usePhone(parties.B === IN_THIS_PAGE ? ownNumber('B') : undefined),
  };
  const states = { A: usePhoneState(held.A), B: usePhoneState(held.B) };
  // A phone that nobody holds yet would answer by itself.
  const isReady = (['A', 'B'] as const).every(
    (party) => parties[party] !== IN_THIS_PAGE || states[party].kind === 'idle',
  );
  const numberOf = (party: 'A' | 'B'): string =>
    parties[party] === IN_THIS_PAGE ? ownNumber(party) : parties[party];
  const receiver = `${window.location.origin}/receiver`;
  const encoded = btoa(receiver);
  const request = {
    displayNbr: display,
    callerNbr: numberOf('A'),
    displayCalleeNbr: display,
    calleeNbr: numberOf('B'),
    ...(record && { recordFlag: 'true' }),
    statusUrl: encoded,
    feeUrl: encoded,
  };
  const place = useMutation({
    mutationFn: () => {
      wakeAudio();
      return api<{ sessionId: string }>('POST', '/calls', { appKey: app.appKey, ...request });
    },
    onSuccess: (placed) => setSearch({ call: placed.sessionId }),
  });
  const call = useCall(sessionId);
  const running = call.data !== undefined && call.data.state !== 'ended';
  return (
    <div className="grid gap-4 lg:grid-cols-[22rem_1fr]">
      <div className="flex flex-col gap-4">
        {(['A', 'B'] as const).map((party) => (
          <PhoneChoice
            key={party}
            title={t(`try.phone${party}`)}
            own={ownNumber(party)}
            phone={held[party]}
            phones={phones}
            value={parties[party]}
            onChange={(value) => setParties({ ...parties, [party]: value })}
            isDisabled={running}
          />
        ))}
        <Switch label={t('try.record')} isSelected={record} onChange={setRecord} isDisabled={running} />
        {running ? (
          <Button
            tone="bad"
            onPress={() => void api('POST', `/calls/${encodeURIComponent(sessionId ?? '')}/stop`)}
          >
            {t('try.end')}
          </Button>
        ) : (
          <Button tone="accent" isDisabled={place.isPending || !isReady} onPress={() => place.mutate()}>
            {place.isPending ? t('try.placing') : sessionId === undefined ? t('try.place') : t('try.again')}
          </Button>
        )}
        <p className="text-sm text-muted">{t('try.hint')}</p>
        {place.error && <Problem error={place.error} />}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {sessionId !== undefined && (
          <>
            <CallView sessionId={sessionId} />
            <Link href={`/console/calls/${encodeURIComponent(sessionId)}`} className="text-accent underline">
              {t('call.open')}
            </Link>
          </>
        )}
        <Card title={t('try.code')}>
          <Snippets appKey={app.appKey} request={request} receiver={receiver} />
        </Card>
      </div>
    </div>
  );
}
