/** Applications: what calls are placed with. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useQuickChange, useRead } from '../account.tsx';
import type { App } from '../api/types.ts';
import { Badge, Button } from '../parts/controls.tsx';
import { Secret } from '../parts/dialogs.tsx';
import { type Field, FormDialog } from '../parts/form.tsx';
import { Actions, List, PageHead } from '../parts/table.tsx';

type WithSecret = App & { readonly appSecret: string };

function useFields(app?: App): readonly Field[] {
  const { t } = useTranslation();
  const capabilities = ['callback', 'notification', 'verification'] as const;
  const signatures = ['newline', 'concatenated', 'none'] as const;
  const whenEmpty = app === undefined ? undefined : null;
  const kept: readonly Field[] = [
    { name: 'statusUrl', label: t('apps.statusUrl'), hint: t('apps.statusUrlHint'), whenEmpty },
    { name: 'feeUrl', label: t('apps.feeUrl'), hint: t('apps.feeUrlHint'), whenEmpty },
    {
      name: 'pushSignature',
      label: t('apps.signature'),
      kind: 'choice',
      choices: signatures.map((id) => ({ id, text: t(`apps.signatures.${id}`) })),
    },
    { name: 'ports', label: t('apps.ports'), kind: 'number', hint: t('apps.portsHint') },
    {
      name: 'allowedAddresses',
      label: t('apps.addresses'),
      kind: 'lines',
      hint: t('apps.addressesHint'),
    },
    { name: 'recordingPrompt', label: t('apps.prompt'), hint: t('apps.promptHint'), whenEmpty },
    { name: 'recording', label: t('apps.recording'), kind: 'switch' },
  ];
  const name: Field = { name: 'name', label: t('ops.name'), isRequired: true };
  const capability: Field = {
    name: 'capability',
    label: t('apps.capability'),
    kind: 'choice',
    choices: capabilities.map((id) => ({ id, text: t(`apps.capabilities.${id}`) })),
  };
  const fields = app === undefined ? [name, capability, ...kept] : [name, ...kept];
  return fields.map((field) => ({ ...field, initial: app?.[field.name as keyof App] }));
}

function AppForm({
  app,
  onCreated,
  onClose,
}: {
  app?: App;
  onCreated: (app: WithSecret) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const send = async (body: object): Promise<void> => {
    if (app === undefined) onCreated(await change('POST', '/apps', body));
    else await change('PATCH', `/apps/${app.appKey}`, body);
  };
  return (
    <FormDialog
      title={app === undefined ? t('apps.create') : t('apps.change', { name: app.name })}
      fields={useFields(app)}
      submit={app === undefined ? t('apps.create') : t('ops.save')}
      onSubmit={send}
      onClose={onClose}
    />
  );
}

function Renewal({
  app,
  onRenewed,
  onClose,
}: {
  app: App;
  onRenewed: (app: WithSecret) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('apps.renewOf', { name: app.name })}
      text={t('apps.renewText')}
      fields={[{ name: 'graceSeconds', label: t('apps.grace'), kind: 'number', hint: t('apps.graceHint') }]}
      submit={t('apps.renew')}
      onSubmit={async (body) => onRenewed(await change('POST', `/apps/${app.appKey}/secret`, body))}
      onClose={onClose}
    />
  );
}

function useColumns(open: (asked: Asked) => void) {
  const { t } = useTranslation();
  const may = useMay('manage');
  const change = useQuickChange();
  const columns = [
    { title: t('ops.name'), cell: ({ name }: App) => <strong className="font-medium">{name}</strong> },
    { title: 'appKey', cell: ({ appKey }: App) => appKey, look: 'min-w-36 font-mono text-sm wrap-anywhere' },
    { title: t('signIn.account'), cell: ({ spId }: App) => spId },
    { title: t('apps.capability'), cell: (app: App) => t(`apps.capabilities.${app.capability}`) },
    {
      title: t('ops.state'),
      cell: ({ state }: App) => (
        <Badge tone={state === 'active' ? 'good' : 'warn'}>{t(`apps.states.${state}`)}</Badge>
      ),
    },
  ];
  const isActive = ({ state }: App): boolean => state === 'active';
  const actions = {
    title: t('ops.actions'),
    cell: (app: App) => (
      <Actions>
        <Button onPress={() => open({ what: 'change', app })}>{t('ops.change')}</Button>
        <Button onPress={() => open({ what: 'renew', app })}>{t('apps.renew')}</Button>
        <Button
          onPress={() =>
            change('PATCH', `/apps/${app.appKey}`, { state: isActive(app) ? 'suspended' : 'active' })
          }
        >
          {isActive(app) ? t('ops.suspend') : t('ops.resume')}
        </Button>
      </Actions>
    ),
  };
  return may ? [...columns, actions] : columns;
}

type Asked =
  | { readonly what: 'create' }
  | { readonly what: 'change' | 'renew'; readonly app: App }
  | { readonly what: 'secret'; readonly app: WithSecret };

export function AppsPage(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const [asked, setAsked] = useState<Asked>();
  const { data, error, refetch } = useRead<{ apps: App[] }>('/apps');
  const columns = useColumns(setAsked);
  const showSecret = (app: WithSecret): void => setAsked({ what: 'secret', app });
  // A form closes when it is done; what it led to stays.
  const close = (): void => setAsked((now) => (now?.what === 'secret' ? now : undefined));
  const create = may && (
    <Button tone="accent" onPress={() => setAsked({ what: 'create' })}>
      {t('apps.create')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('nav.apps')} intro={t('apps.intro')}>
        {create}
      </PageHead>
      <List
        title={t('nav.apps')}
        columns={columns}
        rows={data?.apps}
        keyOf={({ appKey }) => appKey}
        error={error}
        onRetry={() => void refetch()}
        empty={t('apps.empty')}
      />
      {asked?.what === 'create' && <AppForm onCreated={showSecret} onClose={close} />}
      {asked?.what === 'change' && <AppForm app={asked.app} onCreated={showSecret} onClose={close} />}
      {asked?.what === 'renew' && <Renewal app={asked.app} onRenewed={showSecret} onClose={close} />}
      {asked?.what === 'secret' && (
        <Secret
          title={t('apps.secretOf', { name: asked.app.name })}
          text={t('ops.onlyNow')}
          entries={[
            { label: 'appKey', value: asked.app.appKey },
            { label: 'appSecret', value: asked.app.appSecret },
          ]}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
