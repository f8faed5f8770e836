/** What calls are searched by; it stands in the page's address, so that a search can be kept and sent on. */
import '../i18n/causes.ts';
import { type FormEvent, type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { useMay, useRead } from '../account.tsx';
import type { App } from '../api/types.ts';
import { type Cause, causesEn } from '../i18n/causes-en.ts';
import { releaseText } from '../i18n/codes.ts';
import { releasesEn } from '../i18n/releases-en.ts';
import { Button, Select, TextField } from '../parts/controls.tsx';

export const filterNames = ['find', 'appKey', 'state', 'cause', 'since', 'until'] as const;
type FilterName = (typeof filterNames)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

const ANY = 'any';
const states = ['accepted', 'running', 'ended'] as const;

/** Whether it is a number as people write it; session ids hold letters or @. */
const isNumber = (text: string): boolean => /^(\+|00)[\d\s().-]{4,}$/.test(text);

export function useFilters(): {
  readonly filters: Filters;
  readonly change: (changed: Filters) => void;
  readonly clear: () => void;
} {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => {
    const given = filterNames.map((name) => [name, params.get(name) ?? ''] as const);
    return Object.fromEntries(given.filter(([, value]) => value !== '')) as Filters;
  }, [params]);
  const set = (changed: Filters): void => {
    const kept = Object.entries({ ...filters, ...changed }).filter(([, value]) => value);
    setParams(new URLSearchParams(kept), { replace: true });
  };
  return { filters, change: set, clear: () => setParams(new URLSearchParams(), { replace: true }) };
}

/** The query of GET /admin/v1/calls. */
export function queryOf({ find, since, until, ...rest }: Filters): URLSearchParams {
  const query = new URLSearchParams(rest);
  const sought = find?.trim() ?? '';
  if (sought !== '') query.set(isNumber(sought) ? 'number' : 'sessionId', sought);
  // The field's time is the browser's.
  for (const [name, time] of Object.entries({ since, until })) {
    const at = time === undefined ? Number.NaN : Date.parse(time);
    if (!Number.isNaN(at)) query.set(name, new Date(at).toISOString());
  }
  return query;
}

function TimeField({
  name,
  value,
  onChange,
}: {
  name: 'since' | 'until';
  value: string | undefined;
  onChange: (value: string) => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <TextField
      // Its own while it is typed, the address's when that changes.
      key={value}
      name={name}
      label={t(`calls.${name}`)}
      type="datetime-local"
      defaultValue={value ?? ''}
      onBlur={({ target }) => {
        const entered = (target as HTMLInputElement).value;
        if (entered !== (value ?? '')) onChange(entered);
      }}
    />
  );
}

export function FilterBar(): ReactNode {
  const { t, i18n } = useTranslation();
  const { filters, change, clear } = useFilters();
  const seesNumbers = useMay('manage');
  const { data } = useRead<{ apps: App[] }>('/apps');
  const search = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [find, since, until] = ['find', 'since', 'until'].map((name) => String(form.get(name) ?? ''));
    change({ find: find?.trim(), since, until });
  };
  const choose = (name: FilterName) => (id: string) => change({ [name]: id === ANY ? '' : id });
  const any = { id: ANY, text: t('calls.any') };
  const causes = Object.keys(causesEn.causes) as Cause[];
  const causeText = (id: Cause): string => `${id} ${releaseText(i18n.language, Number(id), releasesEn[id])}`;
  return (
    <form onSubmit={search} role="search" className="mb-4 flex flex-wrap items-end gap-3">
      <TextField
        key={filters.find}
        name="find"
        label={t(seesNumbers ? 'calls.search' : 'calls.columns.session')}
        defaultValue={filters.find ?? ''}
        autoComplete="off"
      />
      <Select
        label={t('calls.app')}
        value={filters.appKey ?? ANY}
        onChange={choose('appKey')}
        choices={[any, ...(data?.apps ?? []).map(({ appKey, name }) => ({ id: appKey, text: name }))]}
      />
      <Select
        label={t('calls.state')}
        value={filters.state ?? ANY}
        onChange={choose('state')}
        choices={[any, ...states.map((id) => ({ id, text: t(`call.state.${id}`) }))]}
      />
      <Select
        label={t('calls.columns.cause')}
        value={filters.cause ?? ANY}
        onChange={choose('cause')}
        choices={[any, ...causes.map((id) => ({ id, text: causeText(id), more: t(`causes.${id}`) }))]}
      />
      <TimeField name="since" value={filters.since} onChange={(since) => change({ since })} />
      <TimeField name="until" value={filters.until} onChange={(until) => change({ until })} />
      <Button type="submit">{t('calls.find')}</Button>
      {Object.keys(filters).length > 0 && <Button onPress={clear}>{t('calls.clear')}</Button>}
    </form>
  );
}
