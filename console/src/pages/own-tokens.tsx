/** One's own personal access tokens, for programs. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useRead } from '../account.tsx';
import type { AccessToken } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { Confirm, Secret } from '../parts/dialogs.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Actions, List, SectionHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

type Asked =
  | { readonly what: 'make' }
  | { readonly what: 'secret'; readonly name: string; readonly token: string }
  | { readonly what: 'revoke'; readonly token: AccessToken };

export function OwnTokens(): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ tokens: AccessToken[] }>('/tokens');
  const close = (): void => setAsked(undefined);
  const time = (at: string | undefined): string => (at === undefined ? t('own.never') : dateAndTime(at));
  const columns = [
    {
      title: t('ops.name'),
      cell: ({ name }: AccessToken) => <strong className="font-medium">{name}</strong>,
    },
    { title: t('own.prefix'), cell: ({ prefix }: AccessToken) => `${prefix}…`, look: 'font-mono text-sm' },
    { title: t('ops.created'), cell: ({ createdAt }: AccessToken) => time(createdAt) },
    { title: t('own.expires'), cell: ({ expiresAt }: AccessToken) => time(expiresAt) },
    { title: t('own.lastUsed'), cell: ({ lastUsedAt }: AccessToken) => time(lastUsedAt) },
    {
      title: t('ops.actions'),
      cell: (token: AccessToken) => (
        <Actions>
          <Button onPress={() => setAsked({ what: 'revoke', token })}>{t('own.revoke')}</Button>
        </Actions>
      ),
    },
  ];
  return (
    <section aria-labelledby="own-tokens">
      <SectionHead id="own-tokens" title={t('own.tokens')} intro={t('own.tokensText')}>
        <Button onPress={() => setAsked({ what: 'make' })}>{t('own.makeToken')}</Button>
      </SectionHead>
      <List
        title={t('own.tokens')}
        columns={columns}
        rows={data?.tokens}
        keyOf={({ tokenId }) => tokenId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('own.noTokens')}
      />
      {asked?.what === 'make' && (
        <FormDialog
          title={t('own.makeToken')}
          fields={[
            { name: 'name', label: t('ops.name'), hint: t('own.tokenNameHint'), isRequired: true },
            { name: 'days', label: t('own.days'), hint: t('own.daysHint'), kind: 'number' },
          ]}
          submit={t('own.makeToken')}
          onSubmit={async (body) => {
            const { name, token } = await change<AccessToken & { token: string }>('POST', '/tokens', body);
            setAsked({ what: 'secret', name, token });
          }}
          // What was made is shown in its place.
          onClose={() => setAsked((now) => (now?.what === 'secret' ? now : undefined))}
        />
      )}
      {asked?.what === 'secret' && (
        <Secret
          title={t('own.tokenOf', { name: asked.name })}
          text={t('ops.onlyNow')}
          entries={[{ label: t('own.token'), value: asked.token }]}
          onClose={close}
        />
      )}
      {asked?.what === 'revoke' && (
        <Confirm
          title={t('own.revokeOf', { name: asked.token.name })}
          text={t('own.revokeText')}
          action={t('own.revoke')}
          onConfirm={() => change('DELETE', `/tokens/${encodeURIComponent(asked.token.tokenId)}`)}
          onClose={close}
        />
      )}
    </section>
  );
}
