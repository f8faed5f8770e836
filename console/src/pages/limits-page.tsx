/** Limits of the platform, trunks, accounts, applications, numbers and callees, and what is used of them now. */
import '../i18n/limits.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useChange, useMay, useRead } from '../account.tsx';
import type { Limit } from '../api/types.ts';
import { Badge, Button, Select } from '../parts/controls.tsx';
import { Confirm } from '../parts/dialogs.tsx';
import { Meter } from '../parts/meter.tsx';
import { Actions, type Column, List, PageHead } from '../parts/table.tsx';
import { LimitForm } from './limit-form.tsx';
import { LimitUses } from './limit-uses.tsx';
import { amounts, EACH, limitPath, scopes, useAppName, useLimitName } from './limit-words.ts';
import { VoicePortList } from './voice-port-list.tsx';

type Asked =
  | { readonly what: 'set' }
  | { readonly what: 'change' | 'remove' | 'uses'; readonly limit: Limit };

const ALL = 'all';

/** ms between looks at what is used. */
const LOOK = 5_000;

/** What is used of a limit, by whoever is nearest to it where it counts several. */
function UseOfLimit({ limit, onOpen }: { limit: Limit; onOpen: () => void }): ReactNode {
  const { t } = useTranslation();
  const appName = useAppName();
  const { nearest, subjects, subject, scope } = limit;
  const isOne = subject !== EACH || scope === 'platform';
  const isKnown = nearest !== undefined || subjects === 0;
  return (
    <div className="flex flex-col gap-1">
      {amounts.map(({ amount, count }) => {
        const allowed = limit[amount];
        if (allowed === undefined) return null;
        const used = isKnown ? (nearest?.[count] ?? 0) : undefined;
        return <Meter key={amount} label={t(`limits.amounts.${amount}`)} used={used} allowed={allowed} />;
      })}
      {!isOne && nearest !== undefined && (
        <span className="text-sm text-muted">
          {t('limits.nearest', { subject: scope === 'app' ? appName(nearest.subject) : nearest.subject })}
        </span>
      )}
      {!isOne && subjects > 0 && (
        <span>
          <Button className="min-h-8 px-3 text-sm" onPress={onOpen}>
            {isKnown
              ? t('limits.counted', { count: subjects })
              : t('limits.countedMore', { count: subjects })}
          </Button>
        </span>
      )}
    </div>
  );
}

/** What happens beyond it, and when there are no calls at all. */
function Further({ limit }: { limit: Limit }): ReactNode {
  const { t } = useTranslation();
  const { excess, longestWait: seconds, longestQueue: calls, nearest, quietHours, timeZone } = limit;
  const hasPace = (limit.callsPerSecond ?? limit.callsPerMinute) !== undefined;
  return (
    <ul className="flex flex-col gap-1">
      {hasPace && excess === 'refuse' && <li>{t('limits.beyondRefused')}</li>}
      {hasPace && excess === 'queue' && <li>{t('limits.beyondWaits', { seconds, calls })}</li>}
      {nearest !== undefined && nearest.waiting > 0 && (
        <li>
          <Badge tone="warn">{t('limits.waiting', { count: nearest.waiting })}</Badge>
        </li>
      )}
      {quietHours && <li>{t('limits.quietShown', { ...quietHours, timeZone })}</li>}
    </ul>
  );
}

function useColumns(open: (asked: Asked) => void): readonly Column<Limit>[] {
  const { t } = useTranslation();
  const may = useMay('manage');
  const mayOperate = useMay('operate');
  const nameOf = useLimitName();
  const columns: Column<Limit>[] = [
    {
      title: t('limits.of'),
      cell: (limit) => (
        <>
          <strong className="font-medium">{nameOf(limit)}</strong>
          {mayOperate && (
            <span className="block text-sm text-muted">
              {t('limits.setBy')}: {limit.account ?? t('limits.operator')}
            </span>
          )}
        </>
      ),
    },
    {
      title: t('limits.used'),
      cell: (limit) => <UseOfLimit limit={limit} onOpen={() => open({ what: 'uses', limit })} />,
    },
    { title: t('limits.further'), cell: (limit) => <Further limit={limit} /> },
  ];
  if (may) {
    columns.push({
      title: t('ops.actions'),
      cell: (limit) => (
        <Actions>
          <Button onPress={() => open({ what: 'change', limit })}>{t('ops.change')}</Button>
          <Button onPress={() => open({ what: 'remove', limit })}>{t('ops.remove')}</Button>
        </Actions>
      ),
    });
  }
  return columns;
}

function RemoveLimit({ limit, onClose }: { limit: Limit; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const name = useLimitName()(limit);
  return (
    <Confirm
      title={t('limits.remove', { name })}
      text={t('limits.removeText')}
      action={t('ops.remove')}
      onConfirm={() => change('DELETE', limitPath(limit), undefined, limit.account ?? null)}
      onClose={onClose}
    />
  );
}

export function LimitsPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const account = useAccount();
  const [asked, setAsked] = useState<Asked>();
  const [scope, setScope] = useState<string>(ALL);
  const { data, error, refetch } = useRead<{ limits: Limit[] }>('/limits', { refetchInterval: LOOK });
  const limits = data?.limits ?? [];
  const close = (): void => setAsked(undefined);
  return (
    <>
      <PageHead
        title={t('nav.limits')}
        intro={account === undefined ? t('limits.intro') : t('limits.ownIntro')}
      >
        <Select
          label={t('limits.kind')}
          value={scope}
          onChange={setScope}
          choices={[ALL, ...scopes].map((id) => ({
            id,
            text: id === ALL ? t('limits.all') : t(`limits.scopes.${id as Limit['scope']}`),
          }))}
        />
        {may && (
          <Button tone="accent" onPress={() => setAsked({ what: 'set' })}>
            {t('limits.set')}
          </Button>
        )}
      </PageHead>
      <List
        title={t('nav.limits')}
        columns={useColumns(setAsked)}
        rows={data && limits.filter((limit) => scope === ALL || limit.scope === scope)}
        keyOf={(limit) => `${limit.account ?? ''} ${limitPath(limit)} ${limit.since}`}
        error={error}
        onRetry={() => void refetch()}
        empty={limits.length === 0 ? t('limits.empty') : t('limits.emptyScope')}
      />
      <VoicePortList />
      {asked?.what === 'set' && <LimitForm limits={limits} onClose={close} />}
      {asked?.what === 'change' && <LimitForm limits={limits} limit={asked.limit} onClose={close} />}
      {asked?.what === 'remove' && <RemoveLimit limit={asked.limit} onClose={close} />}
      {asked?.what === 'uses' && <LimitUses limit={asked.limit} onClose={close} />}
    </>
  );
}
