/** Sets a guard, or changes one. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useChange, useRead } from '../account.tsx';
import type { App, Guard } from '../api/types.ts';
import { type Field, FormDialog, type Values } from '../parts/form.tsx';
import { EACH, useAppName } from './limit-words.ts';

export const guardPath = (appKey: string): string => `/guards/${encodeURIComponent(appKey)}`;

const isEntered =
  (name: string) =>
  (values: Values): boolean =>
    values[name] !== '';

function useAppField(): Field {
  const { t } = useTranslation();
  const apps = useRead<{ apps: App[] }>('/apps').data?.apps ?? [];
  return {
    name: 'appKey',
    label: t('limits.scopes.app'),
    kind: 'choice',
    choices: [
      { id: EACH, text: t('guards.each'), more: t('guards.eachMore') },
      ...apps.map(({ appKey, name }) => ({ id: appKey, text: name })),
    ],
  };
}

function useCheckFields(guard?: Guard): readonly Field[] {
  const { t } = useTranslation();
  const ofVelocity = isEntered('velocity.calls');
  const ofCompletion = isEntered('completion.percent');
  const number = (
    name: string,
    label: string,
    initial: number | undefined,
    more: Partial<Field> = {},
  ): Field => ({
    name,
    label,
    kind: 'number',
    initial,
    ...more,
  });
  const half = { isHalf: true };
  return [
    {
      name: 'calls',
      label: t('guards.calls'),
      kind: 'choice',
      choices: (['verification', 'all'] as const).map((id) => ({ id, text: t(`guards.whichCalls.${id}`) })),
      initial: guard?.calls,
    },
    number('coolDown', t('guards.coolDown'), guard?.coolDown, { hint: t('guards.coolDownHint') }),
    number('velocity.calls', t('guards.velocityCalls'), guard?.velocity?.calls, {
      hint: t('guards.velocityHint'),
    }),
    number('velocity.within', t('guards.within'), guard?.velocity?.within ?? 3_600, { when: ofVelocity }),
    number('completion.percent', t('guards.completionPercent'), guard?.completion?.percent, {
      hint: t('guards.completionHint'),
    }),
    number('completion.within', t('guards.within'), guard?.completion?.within ?? 3_600, {
      ...half,
      when: ofCompletion,
    }),
    number('completion.sample', t('guards.sample'), guard?.completion?.sample ?? 20, {
      ...half,
      when: ofCompletion,
    }),
    number('prefixDigits', t('guards.prefixDigits'), guard?.prefixDigits ?? 7, {
      hint: t('guards.prefixHint'),
    }),
    {
      name: 'countries',
      label: t('guards.countries'),
      kind: 'lines',
      hint: t('guards.countriesHint'),
      initial: guard?.countries,
    },
    number('dailyBudget', t('guards.dailyBudget'), guard?.dailyBudget, { hint: t('guards.budgetHint') }),
    {
      name: 'timeZone',
      label: t('guards.timeZone'),
      initial: guard?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      isRequired: true,
    },
  ];
}

/** @param guards those that there are: setting one of the same application replaces it */
export function GuardForm({
  guards,
  guard,
  onClose,
}: {
  guards: readonly Guard[];
  guard?: Guard;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const account = useAccount();
  const appName = useAppName();
  const appField = useAppField();
  const checks = useCheckFields(guard);
  const isTaken = ({ appKey }: Values): boolean =>
    guards.some((there) => there.appKey === appKey && there.account === account);
  const put = async ({ appKey, countries, ...body }: Record<string, unknown>): Promise<void> => {
    const some = (countries as readonly string[]).length > 0 ? { countries } : {};
    const [of, owner] = guard === undefined ? [String(appKey), account] : [guard.appKey, guard.account];
    await change('PUT', guardPath(of), { ...body, ...some }, owner ?? null);
  };
  const nameOf = (appKey: string): string => (appKey === EACH ? t('guards.each') : appName(appKey));
  return (
    <FormDialog
      title={guard === undefined ? t('guards.set') : t('guards.changeOf', { name: nameOf(guard.appKey) })}
      text={t('guards.setIntro')}
      fields={guard === undefined ? [appField, ...checks] : checks}
      submit={guard === undefined ? t('guards.set') : t('ops.save')}
      aside={(values) =>
        guard === undefined && isTaken(values) ? <p className="text-warn">{t('guards.replaces')}</p> : null
      }
      onSubmit={put}
      onClose={onClose}
    />
  );
}
