/** The people of an account and what they may do. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useQuickChange, useRead } from '../account.tsx';
import type { User } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Confirm, Secret } from '../parts/dialogs.tsx';
import { type Field, FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';

const roles = ['owner', 'administrator', 'reviewer', 'read-only'] as const;

type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'role' | 'password' | 'totp'; readonly user: User }
  | { readonly what: 'secret'; readonly name: string; readonly password: string };

const pathOf = ({ name }: User): string => `/users/${encodeURIComponent(name)}`;

function useRoleField(user?: User): Field {
  const { t } = useTranslation();
  return {
    name: 'role',
    label: t('users.role'),
    kind: 'choice',
    choices: roles.map((id) => ({ id, text: t(`users.roles.${id}`), more: t(`users.rolesMore.${id}`) })),
    initial: user?.role ?? 'read-only',
  };
}

function useColumns(open: (asked: Asked) => void) {
  const { t } = useTranslation();
  const change = useQuickChange();
  return [
    { title: t('ops.name'), cell: ({ name }: User) => <strong className="font-medium">{name}</strong> },
    { title: t('signIn.account'), cell: ({ account }: User) => account },
    { title: t('users.role'), cell: ({ role }: User) => t(`users.roles.${role}`) },
    {
      title: t('ops.state'),
      cell: ({ state, totp }: User) => (
        <>
          <Badge tone={state === 'active' ? 'good' : 'warn'}>{t(`users.states.${state}`)}</Badge>{' '}
          {totp && <Badge>{t('users.totp')}</Badge>}
        </>
      ),
    },
    {
      title: t('users.lastSignIn'),
      cell: ({ lastSignInAt }: User) =>
        lastSignInAt === undefined ? t('users.never') : dateAndTime(lastSignInAt),
    },
    {
      title: t('ops.actions'),
      cell: (user: User) => (
        <Actions>
          <Button onPress={() => open({ what: 'role', user })}>{t('users.role')}</Button>
          <Button onPress={() => open({ what: 'password', user })}>{t('users.newPassword')}</Button>
          {user.totp && <Button onPress={() => open({ what: 'totp', user })}>{t('users.resetTotp')}</Button>}
          <Button
            onPress={() =>
              change(
                'PATCH',
                pathOf(user),
                { state: user.state === 'active' ? 'disabled' : 'active' },
                user.account,
              )
            }
          >
            {user.state === 'active' ? t('users.disable') : t('users.enable')}
          </Button>
        </Actions>
      ),
    },
  ];
}

function AddUser({ onAdded, onClose }: { onAdded: (asked: Asked) => void; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const role = useRoleField();
  return (
    <FormDialog
      title={t('users.add')}
      fields={[
        { name: 'name', label: t('ops.name'), isRequired: true },
        role,
        { name: 'password', label: t('signIn.password'), kind: 'password', hint: t('users.passwordHint') },
      ]}
      submit={t('users.add')}
      onSubmit={async (body) => {
        const { name, password } = await change<User & { password?: string }>('POST', '/users', body);
        if (password !== undefined) onAdded({ what: 'secret', name, password });
      }}
      onClose={onClose}
    />
  );
}

function UserDialog({
  asked,
  open,
  onClose,
}: {
  asked: Asked;
  open: (asked: Asked) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const role = useRoleField('user' in asked ? asked.user : undefined);
  switch (asked.what) {
    case 'add':
      return <AddUser onAdded={open} onClose={onClose} />;
    case 'role':
      return (
        <FormDialog
          title={t('users.roleOf', { name: asked.user.name })}
          text={t('users.signInAgain')}
          fields={[role]}
          submit={t('ops.save')}
          onSubmit={(body) => change('PATCH', pathOf(asked.user), body, asked.user.account)}
          onClose={onClose}
        />
      );
    case 'password':
      return (
        <FormDialog
          title={t('users.passwordOf', { name: asked.user.name })}
          text={t('users.signInAgain')}
          fields={[
            {
              name: 'password',
              label: t('signIn.password'),
              kind: 'password',
              hint: t('users.passwordHint'),
            },
          ]}
          submit={t('users.newPassword')}
          onSubmit={async (body) => {
            const { name, account } = asked.user;
            const path = `${pathOf(asked.user)}/password`;
            const { password } = await change<{ password?: string }>('POST', path, body, account);
            if (password !== undefined) open({ what: 'secret', name, password });
          }}
          onClose={onClose}
        />
      );
    case 'totp':
      return (
        <Confirm
          title={t('users.resetTotpOf', { name: asked.user.name })}
          text={t('users.resetTotpText')}
          action={t('users.resetTotp')}
          onConfirm={() => change('POST', `${pathOf(asked.user)}/totp/reset`, undefined, asked.user.account)}
          onClose={onClose}
        />
      );
    case 'secret':
      return (
        <Secret
          title={t('users.passwordOf', { name: asked.name })}
          text={t('ops.onlyNow')}
          entries={[{ label: t('signIn.password'), value: asked.password }]}
          onClose={onClose}
        />
      );
  }
}

export function UsersPage(): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ users: User[] }>('/users');
  const columns = useColumns(setAsked);
  return (
    <>
      <PageHead title={t('nav.users')} intro={t('users.intro')}>
        <Button tone="accent" onPress={() => setAsked({ what: 'add' })}>
          {t('users.add')}
        </Button>
      </PageHead>
      <List
        title={t('nav.users')}
        columns={columns}
        rows={data?.users}
        keyOf={({ userId }) => userId}
        error={error}
        onRetry={() => void refetch()}
        empty={t('users.empty')}
      />
      {asked && (
        <UserDialog
          key={asked.what}
          asked={asked}
          open={setAsked}
          onClose={() =>
            setAsked((now) => (now?.what === 'secret' && asked.what !== 'secret' ? now : undefined))
          }
        />
      )}
    </>
  );
}
