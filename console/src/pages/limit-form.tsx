/** Sets a limit, or changes one. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useChange, useMay, useRead } from '../account.tsx';
import type { Account, App, Limit, Trunk } from '../api/types.ts';
import type { Choice } from '../parts/controls.tsx';
import { type Field, FormDialog, type Values } from '../parts/form.tsx';
import { amounts, EACH, limitPath, type LimitName, scopes, useLimitName } from './limit-words.ts';

const ofRequests: readonly Limit['scope'][] = ['platform', 'account', 'app'];

/** The fields that say whom a limit is about: one for each kind of subject. */
const subjectFields: Readonly<Record<string, string>> = { trunk: 'trunk', account: 'account', app: 'app' };

function namedBy(values: Values): LimitName {
  const scope = values.scope as Limit['scope'];
  if (scope === 'platform') return { scope, subject: EACH };
  return { scope, subject: String(values[subjectFields[scope] ?? 'subject'] ?? EACH) };
}

/** Whom it may be about, as whoever sets it may choose. */
function useNameFields(): readonly Field[] {
  const { t } = useTranslation();
  const chosen = useAccount();
  const isForAll = useMay('operate') && chosen === undefined;
  const apps = useRead<{ apps: App[] }>('/apps').data?.apps ?? [];
  const accounts = useRead<{ accounts: Account[] }>('/accounts', { enabled: isForAll }).data?.accounts ?? [];
  const trunks = useRead<{ trunks: Trunk[] }>('/trunks', { enabled: isForAll }).data?.trunks ?? [];
  const isAbout =
    (...about: readonly string[]) =>
    (values: Values): boolean =>
      about.includes(String(values.scope));
  const each = (scope: Limit['scope']): Choice => ({
    id: EACH,
    text: t(`limits.each.${scope}`),
    more: t('limits.eachMore'),
  });
  const own: readonly Choice[] = chosen === undefined ? [] : [{ id: chosen, text: chosen }];
  const choose = (scope: 'trunk' | 'account' | 'app', choices: readonly Choice[]): Field => ({
    name: scope,
    label: t(`limits.scopes.${scope}`),
    kind: 'choice',
    when: isAbout(scope),
    choices,
  });
  return [
    {
      name: 'scope',
      label: t('limits.kind'),
      kind: 'choice',
      choices: scopes
        .filter((scope) => isForAll || !['platform', 'trunk'].includes(scope))
        .map((id) => ({ id, text: t(`limits.scopes.${id}`) })),
    },
    choose('trunk', [each('trunk'), ...trunks.map(({ name }) => ({ id: name, text: name }))]),
    choose('account', [
      ...(isForAll ? [each('account')] : own),
      ...accounts.map(({ spId, name }) => ({ id: spId, text: name })),
    ]),
    choose('app', [each('app'), ...apps.map(({ appKey, name }) => ({ id: appKey, text: name }))]),
    {
      name: 'subject',
      label: t('numbers.number'),
      hint: t('limits.numberHint'),
      initial: EACH,
      isRequired: true,
      when: isAbout('number', 'callee'),
    },
  ];
}

function useAmountFields(limit?: Limit): readonly Field[] {
  const { t } = useTranslation();
  const mayCountRequests = (values: Values): boolean =>
    ofRequests.includes(limit?.scope ?? (values.scope as Limit['scope']));
  const waits = ({ excess }: Values): boolean => excess === 'queue';
  const ofAmounts = amounts.map(
    ({ amount }): Field => ({
      name: amount,
      label: t(`limits.amounts.${amount}`),
      kind: 'number',
      isHalf: true,
      initial: limit?.[amount],
      ...(amount === 'requestsPerMinute' && { hint: t('limits.requestsHint'), when: mayCountRequests }),
    }),
  );
  return [
    ...ofAmounts,
    {
      name: 'excess',
      label: t('limits.excess'),
      kind: 'choice',
      choices: (['refuse', 'queue'] as const).map((id) => ({ id, text: t(`limits.excesses.${id}`) })),
      initial: limit?.excess,
    },
    {
      name: 'longestWait',
      label: t('limits.longestWait'),
      kind: 'number',
      isHalf: true,
      initial: limit?.longestWait ?? 300,
      when: waits,
    },
    {
      name: 'longestQueue',
      label: t('limits.longestQueue'),
      kind: 'number',
      isHalf: true,
      initial: limit?.longestQueue ?? 1_000,
      when: waits,
    },
    {
      name: 'quietHours.from',
      label: t('limits.quietFrom'),
      hint: t('limits.quietHint'),
      isHalf: true,
      initial: limit?.quietHours?.from,
    },
    { name: 'quietHours.to', label: t('limits.quietTo'), isHalf: true, initial: limit?.quietHours?.to },
    {
      name: 'timeZone',
      label: t('limits.timeZone'),
      initial: limit?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      isRequired: true,
    },
  ];
}

/** @param limits those that there are: setting one of the same name replaces it */
export function LimitForm({
  limits,
  limit,
  onClose,
}: {
  limits: readonly Limit[];
  limit?: Limit;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const account = useAccount();
  const nameOf = useLimitName();
  const nameFields = useNameFields();
  const amountFields = useAmountFields(limit);
  const isTaken = (values: Values): boolean => {
    const named = namedBy(values);
    return limits.some(
      (there) => there.scope === named.scope && there.subject === named.subject && there.account === account,
    );
  };
  const put = async (body: Record<string, unknown>): Promise<void> => {
    const { scope: _scope, trunk: _trunk, account: _account, app: _app, subject: _subject, ...set } = body;
    if (limit === undefined) await change('PUT', limitPath(namedBy(body as Values)), set);
    else await change('PUT', limitPath(limit), set, limit.account ?? null);
  };
  const setBy = limit === undefined ? account : limit.account;
  return (
    <FormDialog
      title={limit === undefined ? t('limits.set') : t('limits.changeOf', { name: nameOf(limit) })}
      text={setBy === undefined ? t('limits.setIntro') : t('limits.setOwnIntro', { account: setBy })}
      fields={limit === undefined ? [...nameFields, ...amountFields] : amountFields}
      submit={limit === undefined ? t('limits.set') : t('ops.save')}
      aside={(values) =>
        limit === undefined && isTaken(values) ? <p className="text-warn">{t('limits.replaces')}</p> : null
      }
      onSubmit={put}
      onClose={onClose}
    />
  );
}
