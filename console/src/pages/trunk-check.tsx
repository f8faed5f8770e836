/** Why calls through a trunk would fail, and what to do. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Finding } from '../api/types.ts';
import { findingZh } from '../i18n/findings-zh.ts';
import type { trunksEn } from '../i18n/trunks-en.ts';
import { Badge, Button, Skeleton } from '../parts/controls.tsx';
import { Dialog } from '../parts/dialogs.tsx';
import { Problem } from '../parts/problem.tsx';
import { trunkPath } from './trunk-form.tsx';

interface Check {
  readonly ok: boolean;
  readonly checks: readonly Finding[];
}

type Kind = keyof (typeof trunksEn)['trunks']['findings'];

/** How grave a finding is: what is wrong is what they came for. */
const ranks = ['bad', 'note', 'good'] as const;
const rankOf = ({ ok, note }: Finding): (typeof ranks)[number] => (ok ? (note ? 'note' : 'good') : 'bad');
const tones = { bad: 'bad', note: 'warn', good: 'good' } as const;

function FindingItem({ finding }: { finding: Finding }): ReactNode {
  const { t, i18n } = useTranslation();
  const { name, detail, remedy } = finding;
  const said = (text: string): string => (i18n.language === 'zh' ? findingZh(text) : undefined) ?? text;
  const rank = rankOf(finding);
  // What was looked at, and of which gateway: `options udp:203.0.113.7:5060`.
  const [kind = '', gateway] = name.split(' ');
  return (
    <li className="flex gap-3 py-2">
      <span className="w-20 shrink-0">
        <Badge tone={tones[rank]}>{t(`trunks.${rank}`)}</Badge>
      </span>
      <div className="min-w-0 break-words">
        <p className="font-medium">
          {t(`trunks.findings.${kind as Kind}`, { defaultValue: kind })}{' '}
          {gateway !== undefined && <span className="font-mono text-sm text-muted">{gateway}</span>}
        </p>
        <p>{said(detail)}</p>
        {remedy !== undefined && (
          <p className="font-medium">{t('trunks.remedy', { remedy: said(remedy) })}</p>
        )}
      </div>
    </li>
  );
}

function Findings({ checks }: { checks: readonly Finding[] }): ReactNode {
  const sorted = checks.toSorted((one, other) => ranks.indexOf(rankOf(one)) - ranks.indexOf(rankOf(other)));
  return (
    <ul className="flex flex-col divide-y divide-line">
      {sorted.map((finding) => (
        <FindingItem key={finding.name} finding={finding} />
      ))}
    </ul>
  );
}

export function TrunkCheck({ name, onClose }: { name: string; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['check', name],
    queryFn: () => api<Check>('POST', `${trunkPath(name)}/check`),
    // Asked for, not looked at again by itself: it costs the carrier requests.
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const wrong = data?.checks.filter(({ ok }) => !ok).length ?? 0;
  const isDone = data !== undefined && !isFetching;
  return (
    <Dialog title={t('trunks.checkOf', { name })} onClose={onClose}>
      <div role="status">
        {isFetching && <p className="text-muted">{t('trunks.checking')}</p>}
        {isDone && (
          <p className={`font-medium ${wrong === 0 ? 'text-good' : 'text-bad'}`}>
            {wrong === 0 ? t('trunks.allWell') : t('trunks.wrong', { count: wrong })}
          </p>
        )}
      </div>
      {isFetching && <Skeleton lines={6} />}
      {error && !isFetching && <Problem error={error} />}
      {isDone && <Findings checks={data.checks} />}
      <div className="flex justify-end gap-3">
        <Button isDisabled={isFetching} onPress={() => void refetch()}>
          {t('trunks.checkAgain')}
        </Button>
        <Button tone="accent" onPress={onClose}>
          {t('app.close')}
        </Button>
      </div>
    </Dialog>
  );
}
