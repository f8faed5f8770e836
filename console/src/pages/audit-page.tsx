/** Who changed what. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountPath } from '../account.tsx';
import { api } from '../api/client.ts';
import type { AuditEntry } from '../api/types.ts';
import { actionText, kindText } from '../i18n/codes.ts';
import { Badge, Button, Card } from '../parts/controls.tsx';
import { bodyOf, type Field, FieldInput, type Values } from '../parts/form.tsx';
import { List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

interface Page {
  readonly entries: readonly AuditEntry[];
  readonly nextCursor?: number;
}

function Change({ before, after }: Pick<AuditEntry, 'before' | 'after'>): ReactNode {
  const { t } = useTranslation();
  if (before === undefined && after === undefined) return '–';
  return (
    <details>
      <summary className="cursor-pointer rounded whitespace-nowrap text-accent underline">
        {t('audit.show')}
      </summary>
      {(['before', 'after'] as const).map((side) => {
        const members = { before, after }[side];
        return (
          members && (
            <div key={side}>
              <p className="text-sm font-medium">{t(`audit.${side}`)}</p>
              <pre className="max-w-96 rounded bg-raised p-2 font-mono text-sm whitespace-pre-wrap break-all">
                {JSON.stringify(members, null, 1)}
              </pre>
            </div>
          )
        );
      })}
    </details>
  );
}

function Search({ onSearch }: { onSearch: (query: string) => void }): ReactNode {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>({});
  const fields: readonly Field[] = [
    { name: 'actor', label: t('audit.actor') },
    { name: 'kind', label: t('audit.kind'), hint: t('audit.kindHint') },
    { name: 'id', label: t('audit.id') },
    { name: 'since', label: t('calls.since'), kind: 'date' },
  ];
  return (
    <Card>
      <form
        className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-4"
        onSubmit={(event) => {
          event.preventDefault();
          const asked = bodyOf(fields, values) as Record<string, string>;
          // A day begins where the browser is.
          if (asked.since !== undefined) asked.since = new Date(`${asked.since}T00:00`).toISOString();
          onSearch(String(new URLSearchParams(asked)));
        }}
      >
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        <Button type="submit">{t('audit.search')}</Button>
      </form>
    </Card>
  );
}

export function AuditPage(): ReactNode {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState('');
  const path = useAccountPath()(`/audit?limit=50&${query}`);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['audit', path],
    queryFn: ({ pageParam }) =>
      api<Page>('GET', pageParam === undefined ? path : `${path}&cursor=${pageParam}`),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const columns = [
    { title: t('audit.at'), cell: ({ at }: AuditEntry) => dateAndTime(at) },
    { title: t('audit.actor'), cell: ({ actor }: AuditEntry) => actor.name },
    { title: t('signIn.account'), cell: ({ account }: AuditEntry) => account ?? '–' },
    {
      title: t('audit.action'),
      cell: ({ action }: AuditEntry) => <span title={action}>{actionText(i18n.language, action)}</span>,
      look: 'text-sm wrap-anywhere',
    },
    {
      title: t('audit.object'),
      cell: ({ object }: AuditEntry) => `${kindText(i18n.language, object.kind)} ${object.id}`,
      look: 'min-w-36 wrap-anywhere',
    },
    {
      title: t('audit.outcome'),
      cell: ({ outcome }: AuditEntry) => (
        <Badge tone={outcome === 'done' ? 'good' : 'bad'}>{t(`audit.outcomes.${outcome}`)}</Badge>
      ),
    },
    { title: t('audit.change'), cell: (entry: AuditEntry) => <Change {...entry} /> },
    { title: t('audit.address'), cell: ({ address }: AuditEntry) => address, look: 'font-mono text-sm' },
  ];
  return (
    <>
      <PageHead title={t('nav.audit')} intro={t('audit.intro')} />
      <div className="mb-4">
        <Search onSearch={setQuery} />
      </div>
      <List
        title={t('nav.audit')}
        columns={columns}
        rows={data?.pages.flatMap(({ entries }) => entries)}
        keyOf={({ id }) => id}
        error={error}
        onRetry={() => void refetch()}
        empty={t('audit.empty')}
      />
      {hasNextPage && (
        <Button className="mt-4" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {t('ops.older')}
        </Button>
      )}
    </>
  );
}
