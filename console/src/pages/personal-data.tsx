/** What is known of one phone number: handed out, and erased. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountPath, useChange, useScope } from '../account.tsx';
import { download, save } from '../api/download.ts';
import type { Erasure } from '../api/types.ts';
import { Button, Card, TextField } from '../parts/controls.tsx';
import { Dialog } from '../parts/dialogs.tsx';
import { Facts } from '../parts/facts.tsx';
import { Problem } from '../parts/problem.tsx';

/** Without what people put between digits. */
const bare = (number: string): string => number.replaceAll(/[\s().-]/g, '');

function Erase({
  number,
  onErased,
  onClose,
}: {
  number: string;
  onErased: (erasure: Erasure) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const change = useChange();
  const scope = useScope();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const erase = async (): Promise<void> => {
    setBusy(true);
    try {
      onErased(await change<Erasure>('POST', '/personal-data/erase', { number }));
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('upkeep.eraseOf', { number })} onClose={onClose} isDismissable={false}>
      <p>{t('upkeep.eraseText')}</p>
      <p className="font-medium">
        {scope === undefined ? t('upkeep.inAll') : t('upkeep.inAccount', { account: scope })}
      </p>
      <TextField
        label={t('upkeep.typeAgain')}
        value={typed}
        onChange={setTyped}
        inputMode="tel"
        autoComplete="off"
        autoFocus
      />
      {error !== undefined && <Problem error={error} />}
      <div className="flex justify-end gap-3">
        <Button onPress={onClose}>{t('ops.cancel')}</Button>
        <Button tone="bad" isDisabled={busy || bare(typed) !== bare(number)} onPress={() => void erase()}>
          {t('upkeep.eraseNow')}
        </Button>
      </div>
    </Dialog>
  );
}

function Erased({ calls, postponed, refusals, auditEntries }: Erasure): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <p className="mb-2 font-medium text-good">{t('upkeep.erased')}</p>
      <Facts
        facts={[
          [t('upkeep.erasedCalls'), calls],
          [t('upkeep.refusals'), refusals],
          [t('upkeep.auditEntries'), auditEntries],
          [t('upkeep.postponed'), postponed],
        ]}
      />
      {postponed > 0 && <p className="mt-2 font-medium text-warn">{t('upkeep.postponedText')}</p>}
    </>
  );
}

type Done =
  | { readonly what: 'exported'; readonly entries: number; readonly name: string }
  | { readonly what: 'erased'; readonly erasure: Erasure }
  | { readonly what: 'failed'; readonly error: unknown };

export function PersonalData(): ReactNode {
  const { t } = useTranslation();
  const path = useAccountPath()('/personal-data/export');
  const [number, setNumber] = useState('');
  const [done, setDone] = useState<Done>();
  const [busy, setBusy] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const hand = async (): Promise<void> => {
    setBusy(true);
    setDone(undefined);
    try {
      const { file, progress } = await download({ path, method: 'POST', body: { number }, format: 'jsonl' });
      const name = `${bare(number).replace('+', '')}.jsonl`;
      if (progress.lines > 0) save(file, name);
      setDone({ what: 'exported', entries: progress.lines, name });
    } catch (error) {
      setDone({ what: 'failed', error });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t('upkeep.person')}>
      <p className="mb-4 max-w-prose text-muted">{t('upkeep.personText')}</p>
      <form
        className="flex max-w-md flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void hand();
        }}
      >
        <TextField
          label={t('upkeep.number')}
          hint={t('upkeep.numberHint')}
          value={number}
          onChange={(value) => {
            setNumber(value);
            setDone(undefined);
          }}
          inputMode="tel"
          autoComplete="off"
        />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" tone="accent" isDisabled={busy || bare(number) === ''}>
            {t('upkeep.export')}
          </Button>
          <Button isDisabled={busy || bare(number) === ''} onPress={() => setAsked(true)}>
            {t('upkeep.erase')}
          </Button>
        </div>
      </form>
      <div role="status" className="mt-4">
        {done?.what === 'exported' && (
          <p>
            {done.entries === 0
              ? t('upkeep.nothingKnown')
              : t('upkeep.exported', { count: done.entries, name: done.name })}
          </p>
        )}
        {done?.what === 'erased' && <Erased {...done.erasure} />}
      </div>
      {done?.what === 'failed' && <Problem error={done.error} />}
      {isAsked && (
        <Erase
          number={number.trim()}
          onErased={(erasure) => setDone({ what: 'erased', erasure })}
          onClose={() => setAsked(false)}
        />
      )}
    </Card>
  );
}
