/** One's own authenticator (RFC 6238): set up by a code to scan, and taken away. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../account.tsx';
import { Badge, Button, Card, Skeleton } from '../parts/controls.tsx';
import { Copyable } from '../parts/copyable.tsx';
import { Dialog } from '../parts/dialogs.tsx';
import { type Field, Form, FormDialog } from '../parts/form.tsx';
import { say } from '../parts/toasts.tsx';
import { useWho } from '../session.tsx';

const QrCode = lazy(async () => ({ default: (await import('../parts/qr-code.tsx')).QrCode }));

interface Begun {
  readonly secret: string;
  readonly address: string;
}

/** In groups of four, as people type them; applications pass over the blanks. */
const inGroups = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? secret;

function usePasswordField(): Field {
  const { t } = useTranslation();
  return {
    name: 'password',
    label: t('own.current'),
    kind: 'password',
    autoComplete: 'current-password',
    isRequired: true,
  };
}

function SetUp({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const [begun, setBegun] = useState<Begun>();
  const password = usePasswordField();
  return (
    <Dialog title={t('own.setUp')} onClose={onClose} isDismissable={false}>
      {begun === undefined ? (
        <Form
          key="password"
          fields={[password]}
          submit={t('own.begin')}
          onCancel={onClose}
          onSubmit={async (body) => setBegun(await change<Begun>('POST', '/session/totp', body, null))}
        />
      ) : (
        <>
          <p>{t('own.scan')}</p>
          <Suspense fallback={<Skeleton lines={6} />}>
            <QrCode text={begun.address} label={t('own.qr')} />
          </Suspense>
          <div>
            <p className="mb-1 text-sm font-medium">{t('own.secret')}</p>
            <Copyable label={t('own.secret')} text={inGroups(begun.secret)} />
          </div>
          <Form
            key="code"
            fields={[
              {
                name: 'code',
                label: t('own.code'),
                inputMode: 'numeric',
                autoComplete: 'one-time-code',
                isRequired: true,
              },
            ]}
            submit={t('own.confirm')}
            onCancel={onClose}
            onSubmit={async ({ code }) => {
              const typed = String(code).replaceAll(/\s/g, '');
              await change('POST', '/session/totp/confirm', { code: typed }, null);
              say({ text: t('own.switchedOn'), tone: 'good' });
              onClose();
            }}
          />
        </>
      )}
    </Dialog>
  );
}

export function OwnAuthenticator(): ReactNode {
  const { t } = useTranslation();
  const { totp } = useWho();
  const change = useChange();
  const password = usePasswordField();
  const [isAsked, setAsked] = useState(false);
  const close = (): void => setAsked(false);
  return (
    <Card title={t('own.totp')}>
      <p className="mb-2">
        {totp ? <Badge tone="good">{t('own.totpOn')}</Badge> : <Badge tone="warn">{t('own.totpOff')}</Badge>}
      </p>
      <p className="mb-4 max-w-prose text-muted">{totp ? t('own.totpOnText') : t('own.totpOffText')}</p>
      <Button onPress={() => setAsked(true)}>{totp ? t('own.remove') : t('own.setUp')}</Button>
      {isAsked && !totp && <SetUp onClose={close} />}
      {isAsked && totp && (
        <FormDialog
          title={t('own.removeTitle')}
          fields={[password]}
          submit={t('own.remove')}
          onSubmit={(body) => change('POST', '/session/totp/remove', body, null)}
          onClose={close}
        />
      )}
    </Card>
  );
}
