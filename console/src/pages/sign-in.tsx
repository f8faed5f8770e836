import { type FormEvent, type ReactNode, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { api, ApiError } from '../api/client.ts';
import { Button, Card, TextField } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';

/** Text fields of a form by their names, without the empty ones. */
function filled(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(
    [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    ),
  );
}

function Form({
  path,
  onEntered,
  children,
}: {
  path: string;
  onEntered: () => void;
  children: (codeNeeded: boolean) => ReactNode;
}): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const codeNeeded = error instanceof ApiError && error.code === 'code-needed';
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await api('POST', path, filled(event.currentTarget));
      onEntered();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      {children(codeNeeded)}
      {error !== undefined && <Problem error={error} />}
      <Button type="submit" tone="accent" isDisabled={busy}>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}

const tab =
  'cursor-default border-b-2 border-transparent px-3 py-2 text-muted data-selected:border-accent data-selected:font-semibold data-selected:text-text';

export function SignIn({ onEntered }: { onEntered: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <main className="mx-auto flex max-w-md flex-col gap-4 p-6">
      <h1 className="text-2xl font-semibold">OpenVoiceCall</h1>
      <Card title={t('signIn.title')}>
        <Tabs>
          <TabList aria-label={t('signIn.title')} className="mb-4 flex border-b border-line">
            <Tab id="user" className={tab}>
              {t('signIn.asUser')}
            </Tab>
            <Tab id="operator" className={tab}>
              {t('signIn.asOperator')}
            </Tab>
          </TabList>
          <TabPanel id="user">
            <Form path="/session" onEntered={onEntered}>
              {(codeNeeded) => (
                <>
                  <TextField
                    name="account"
                    label={t('signIn.account')}
                    defaultValue="openvoicecall"
                    isRequired
                  />
                  <TextField name="name" label={t('signIn.name')} autoComplete="username" isRequired />
                  <TextField
                    name="password"
                    type="password"
                    label={t('signIn.password')}
                    autoComplete="current-password"
                    isRequired
                  />
                  {codeNeeded && (
                    <TextField
                      name="code"
                      label={t('signIn.code')}
                      inputMode="numeric"
                      autoComplete="one-time-code"
                      autoFocus
                      isRequired
                    />
                  )}
                </>
              )}
            </Form>
          </TabPanel>
          <TabPanel id="operator">
            <Form path="/session/operator" onEntered={onEntered}>
              {() => (
                <TextField
                  name="token"
                  type="password"
                  label={t('signIn.token')}
                  hint={t('signIn.tokenHint')}
                  autoComplete="off"
                  isRequired
                />
              )}
            </Form>
          </TabPanel>
        </Tabs>
      </Card>
    </main>
  );
}
