/** Carriers that calls leave by, and how they stand. */
import '../i18n/trunks.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useQuickChange, useRead, useReversibleChange } from '../account.tsx';
import type { Trunk } from '../api/types.ts';
import { Badge, Button, Card, Skeleton } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { Meter } from '../parts/meter.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageHead } from '../parts/table.tsx';
import { TrunkCheck } from './trunk-check.tsx';
import { TrunkForm, trunkPath } from './trunk-form.tsx';

type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'change' | 'remove' | 'check'; readonly trunk: Trunk };

/** ms between looks at how they stand. */
const LOOK = 3_000;

type Status = NonNullable<Trunk['status']>;
type GatewayState = Status['gateways'][number]['state'];

const tones = { up: 'good', down: 'bad', blocked: 'warn', unknown: 'neutral' } as const satisfies Record<
  GatewayState,
  string
>;

const isSuspended = ({ state }: Trunk): boolean => state === 'suspended';

function Health({ trunk }: { trunk: Trunk }): ReactNode {
  const { t } = useTranslation();
  if (isSuspended(trunk)) return <Badge tone="warn">{t('trunks.stateSuspended')}</Badge>;
  const state = trunk.status?.state ?? 'unknown';
  return <Badge tone={tones[state]}>{t(`trunks.states.${state}`)}</Badge>;
}

function Gateways({ trunk: { status, addresses } }: { trunk: Trunk }): ReactNode {
  const { t } = useTranslation();
  if (!status || status.gateways.length === 0) {
    return (
      <>
        <span className="font-mono text-sm">{addresses.join(' ')}</span>
        <span className="block text-sm text-muted">{t('trunks.noGateways')}</span>
      </>
    );
  }
  return (
    <ul className="flex flex-col gap-1">
      {status.gateways.map(({ gateway, state, optionsStatus, roundTrip }) => (
        <li key={gateway}>
          <span className="font-mono text-sm break-all">{gateway}</span>{' '}
          <Badge tone={tones[state]}>{t(`trunks.states.${state}`)}</Badge>{' '}
          <span className="text-sm text-muted">
            {optionsStatus !== undefined && t('trunks.answered', { status: optionsStatus })}{' '}
            {roundTrip !== undefined && t('trunks.milliseconds', { count: Math.round(roundTrip) })}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Registration({ trunk: { register, status } }: { trunk: Trunk }): ReactNode {
  const { t } = useTranslation();
  const state = status?.registration;
  if (!register || state === undefined) return t('trunks.noRegistration');
  if (state === 'failed') {
    const code = status?.registrationStatus;
    return (
      <Badge tone="bad">
        {code === undefined
          ? t('trunks.registrations.failedSilently')
          : t('trunks.registrations.failed', { status: code })}
      </Badge>
    );
  }
  return <Badge tone={state === 'registered' ? 'good' : 'warn'}>{t(`trunks.registrations.${state}`)}</Badge>;
}

function CallsNow({ trunk: { status, maxCalls, callsPerSecond } }: { trunk: Trunk }): ReactNode {
  const { t } = useTranslation();
  const running = status?.running ?? 0;
  return (
    <div className="flex flex-col gap-1">
      {maxCalls > 0 ? (
        <Meter used={running} allowed={maxCalls} />
      ) : (
        <span>
          {running} <span className="text-sm text-muted">({t('trunks.noCap')})</span>
        </span>
      )}
      {callsPerSecond > 0 && (
        <span className="text-sm">{t('trunks.perSecond', { count: callsPerSecond })}</span>
      )}
    </div>
  );
}

function TrunkActions({ trunk, open }: { trunk: Trunk; open: (asked: Asked) => void }): ReactNode {
  const { t } = useTranslation();
  const change = useQuickChange();
  const changeReversibly = useReversibleChange();
  const path = trunkPath(trunk.name);
  const inUse = { state: 'in-use' };
  return (
    <div className="flex flex-wrap gap-2">
      <Button onPress={() => open({ what: 'check', trunk })}>{t('trunks.check')}</Button>
      {trunk.source === 'database' && (
        <>
          <Button onPress={() => open({ what: 'change', trunk })}>{t('ops.change')}</Button>
          {isSuspended(trunk) ? (
            <Button onPress={() => change('PATCH', path, inUse)}>{t('ops.resume')}</Button>
          ) : (
            <Button
              onPress={() =>
                changeReversibly(
                  t('trunks.suspended', { name: trunk.name }),
                  ['PATCH', path, { state: 'suspended' }],
                  ['PATCH', path, inUse],
                )
              }
            >
              {t('ops.suspend')}
            </Button>
          )}
          <Button onPress={() => open({ what: 'remove', trunk })}>{t('ops.remove')}</Button>
        </>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function TrunkCard({ trunk, open }: { trunk: Trunk; open: (asked: Asked) => void }): ReactNode {
  const { t } = useTranslation();
  const { name, source, prefixes, priority, weight, transport, status } = trunk;
  return (
    <li>
      <section aria-label={name} className="rounded-xl border border-line bg-surface p-4">
        <div className="mb-3 flex flex-wrap items-center gap-3">
          <h2 className="text-lg font-semibold">{name}</h2>
          <Health trunk={trunk} />
          {source === 'settings' && <span className="text-sm text-muted">{t('trunks.fromSettings')}</span>}
          <span className="flex-1" />
          <TrunkActions trunk={trunk} open={open} />
        </div>
        <dl className="grid gap-4 sm:grid-cols-2 lg:grid-cols-[2fr_1fr_1fr_1fr]">
          <Fact name={`${t('trunks.gateways')} (${transport.toUpperCase()})`}>
            <Gateways trunk={trunk} />
          </Fact>
          <Fact name={t('trunks.registration')}>
            <Registration trunk={trunk} />
          </Fact>
          <Fact name={t('trunks.calls')}>
            <CallsNow trunk={trunk} />
          </Fact>
          <Fact name={t('trunks.order')}>
            {prefixes.length === 0 ? t('trunks.everyNumber') : prefixes.join(' ')}
            <span className="block text-sm text-muted">
              {t('trunks.priorityAndWeight', { priority, weight })}
            </span>
          </Fact>
        </dl>
        {status && (
          <p className="mt-3 text-sm text-muted">
            {t('trunks.counts')}: {t('trunks.countsText', status.counts)}
          </p>
        )}
      </section>
    </li>
  );
}

function TrunkList({ trunks, open }: { trunks: readonly Trunk[]; open: (asked: Asked) => void }): ReactNode {
  const { t } = useTranslation();
  if (trunks.length === 0) return <Card>{t('trunks.empty')}</Card>;
  return (
    <ul className="flex flex-col gap-4">
      {trunks.map((trunk) => (
        <TrunkCard key={trunk.name} trunk={trunk} open={open} />
      ))}
    </ul>
  );
}

export function TrunksPage(): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ trunks: Trunk[] }>('/trunks', { refetchInterval: LOOK });
  const trunks = data?.trunks ?? [];
  const close = (): void => setAsked(undefined);
  const isOnly = ({ name }: Trunk): boolean =>
    trunks.every((trunk) => trunk.name === name || isSuspended(trunk));
  return (
    <>
      <PageHead title={t('nav.trunks')} intro={t('trunks.intro')}>
        <Button tone="accent" onPress={() => setAsked({ what: 'add' })}>
          {t('trunks.add')}
        </Button>
      </PageHead>
      {data !== undefined && <TrunkList trunks={trunks} open={setAsked} />}
      {data === undefined &&
        (error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton lines={6} />)}
      {asked?.what === 'add' && <TrunkForm isFirst={trunks.length === 0} onClose={close} />}
      {asked?.what === 'change' && <TrunkForm trunk={asked.trunk} onClose={close} />}
      {asked?.what === 'check' && <TrunkCheck name={asked.trunk.name} onClose={close} />}
      {asked?.what === 'remove' && (
        <Confirm
          title={t('trunks.removeOf', { name: asked.trunk.name })}
          text={isOnly(asked.trunk) ? t('trunks.removeLastText') : t('trunks.removeText')}
          action={t('ops.remove')}
          onConfirm={() => change('DELETE', trunkPath(asked.trunk.name))}
          onClose={close}
        />
      )}
    </>
  );
}
