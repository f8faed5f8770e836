/** What people do about their own sign-in. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useChange, useMay } from '../account.tsx';
import { ApiError } from '../api/client.ts';
import { Card } from '../parts/controls.tsx';
import { Form } from '../parts/form.tsx';
import { PageHead } from '../parts/table.tsx';
import { signInAgain, useWho } from '../session.tsx';
import { OwnAuthenticator } from './own-authenticator.tsx';
import { OwnSignIns } from './own-sign-ins.tsx';
import { OwnTokens } from './own-tokens.tsx';

function OwnPassword(): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <Card title={t('own.password')}>
      <p className="mb-4 max-w-prose text-muted">{t('own.passwordText')}</p>
      <Form
        fields={[
          {
            name: 'current',
            label: t('own.current'),
            kind: 'password',
            autoComplete: 'current-password',
            isRequired: true,
          },
          {
            name: 'password',
            label: t('own.next'),
            kind: 'password',
            hint: t('own.nextHint'),
            isRequired: true,
          },
          { name: 'again', label: t('own.again'), kind: 'password', isRequired: true },
        ]}
        submit={t('own.changePassword')}
        onSubmit={async ({ again, ...body }) => {
          if (again !== body.password) {
            const error = { code: 'mismatch', message: t('own.mismatch'), field: 'again' };
            throw new ApiError(422, { error });
          }
          await change('POST', '/session/password', body, null);
          signInAgain();
        }}
      />
    </Card>
  );
}

export function OwnPage(): ReactNode {
  const { t } = useTranslation();
  const { kind, name, account, role } = useWho();
  const mayUsers = useMay('people');
  if (kind === 'operator' || role === undefined) {
    return (
      <>
        <PageHead title={t('nav.own')} />
        <Card>
          <p className="max-w-prose">{t('own.operator')}</p>
          {mayUsers && (
            <Link href="/console/users" className="mt-2 inline-block text-accent underline">
              {t('own.toUsers')}
            </Link>
          )}
        </Card>
      </>
    );
  }
  return (
    <>
      <PageHead title={t('nav.own')} intro={t('own.intro')} />
      <p className="mb-4 font-medium">{t('own.who', { name, account, role: t(`users.roles.${role}`) })}</p>
      <div className="mb-6 grid items-start gap-4 xl:grid-cols-2">
        <OwnPassword />
        <OwnAuthenticator />
      </div>
      <div className="flex flex-col gap-6">
        <OwnTokens />
        <OwnSignIns />
      </div>
    </>
  );
}
