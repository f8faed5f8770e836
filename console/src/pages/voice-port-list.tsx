/** Voice ports of applications: what they have, and what their calls hold. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, useMay, useRead } from '../account.tsx';
import type { VoicePorts } from '../api/types.ts';
import { Button } from '../parts/controls.tsx';
import { FormDialog } from '../parts/form.tsx';
import { Meter } from '../parts/meter.tsx';
import { Actions, type Column, List } from '../parts/table.tsx';

/** ms between looks at what is in use. */
const LOOK = 5_000;

function PortsForm({ app, onClose }: { app: VoicePorts; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  return (
    <FormDialog
      title={t('limits.portsOf', { name: app.name })}
      text={t('limits.portsIntro')}
      fields={[
        {
          name: 'ports',
          label: t('limits.amounts.voicePorts'),
          kind: 'number',
          initial: app.ports,
          isRequired: true,
        },
      ]}
      submit={t('ops.save')}
      onSubmit={(body) => change('PATCH', `/apps/${encodeURIComponent(app.appKey)}`, body)}
      onClose={onClose}
    />
  );
}

export function VoicePortList(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('manage');
  const [asked, setAsked] = useState<VoicePorts>();
  const { data, error, refetch } = useRead<{ apps: VoicePorts[] }>('/voice-ports', { refetchInterval: LOOK });
  const columns: Column<VoicePorts>[] = [
    { title: t('limits.scopes.app'), cell: ({ name }) => name },
    { title: t('signIn.account'), cell: ({ account }) => account },
    { title: t('limits.portsInUse'), cell: ({ inUse, ports }) => <Meter used={inUse} allowed={ports} /> },
  ];
  const actions: Column<VoicePorts> = {
    title: t('ops.actions'),
    cell: (app) => (
      <Actions>
        <Button onPress={() => setAsked(app)}>{t('ops.change')}</Button>
      </Actions>
    ),
  };
  return (
    <>
      <h2 className="mt-6 mb-1 text-lg font-semibold">{t('limits.ports')}</h2>
      <p className="mb-3 text-muted">{t('limits.portsIntro')}</p>
      <List
        title={t('limits.ports')}
        columns={may ? [...columns, actions] : columns}
        rows={data?.apps}
        keyOf={({ appKey }) => appKey}
        error={error}
        onRetry={() => void refetch()}
        empty={t('limits.noPorts')}
      />
      {asked && <PortsForm app={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}
