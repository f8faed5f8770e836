import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../parts/controls.tsx';
import { duration } from '../parts/times.ts';
import { BrowserPhone, type PhoneState } from './browser-phone.ts';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

function Keypad({ onKey }: { onKey: (key: string) => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t('phone.keypad')} className="grid w-48 grid-cols-3 gap-2">
      {keys.map((key) => (
        <Button key={key} aria-label={t('phone.key', { key })} onPress={() => onKey(key)} className="px-0">
          {key}
        </Button>
      ))}
    </div>
  );
}

function Elapsed({ since }: { since: number }): ReactNode {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <span className="tabular-nums">{duration(now - since)}</span>;
}

function Status({ state }: { state: PhoneState }): ReactNode {
  const { t } = useTranslation();
  switch (state.kind) {
    case 'ringing':
      return <>{t('phone.ringing', { caller: state.caller || t('phone.hiddenCaller') })}</>;
    case 'talking':
      return (
        <>
          {t('phone.talking')} · <Elapsed since={state.since} />
          {!state.microphone && <span className="block text-warn">{t('phone.listenOnly')}</span>}
        </>
      );
    default:
      return <>{t(`phone.${state.kind}`)}</>;
  }
}

/** Holds the phone of `number` as long as the component is shown; none for undefined. */
export function usePhone(number: string | undefined): BrowserPhone | undefined {
  const [phone, setPhone] = useState<BrowserPhone>();
  useEffect(() => {
    if (number === undefined) return undefined;
    const taken = new BrowserPhone(number);
    setPhone(taken);
    return () => {
      setPhone(undefined);
      taken.close();
    };
  }, [number]);
  return phone;
}

const noChange = (): (() => void) => () => {};
const connecting: PhoneState = { kind: 'connecting' };

export function usePhoneState(phone: BrowserPhone | undefined): PhoneState {
  return useSyncExternalStore(phone?.subscribe ?? noChange, phone?.state ?? (() => connecting));
}

/** A phone in the page. */
export function PhoneCard({
  title,
  number,
  phone,
}: {
  title: string;
  number: string;
  phone: BrowserPhone | undefined;
}): ReactNode {
  const { t } = useTranslation();
  const state = usePhoneState(phone);
  const ringing = state.kind === 'ringing';
  return (
    <section
      aria-label={`${title} ${number}`}
      className={`rounded-xl border-2 bg-surface p-4 ${ringing ? 'border-accent motion-safe:animate-pulse' : 'border-line'}`}
    >
      <h2 className="font-semibold">{title}</h2>
      <p className="mb-2 font-mono">{number}</p>
      <p role="status" className="mb-3 min-h-6">
        <Status state={state} />
      </p>
      <div className="flex flex-wrap gap-2">
        {ringing && (
          <>
            <Button tone="good" autoFocus onPress={() => phone?.answer()}>
              {t('phone.answer')}
            </Button>
            <Button tone="bad" onPress={() => phone?.reject()}>
              {t('phone.reject')}
            </Button>
          </>
        )}
        {state.kind === 'talking' && (
          <div className="flex flex-col gap-3">
            <Button tone="bad" onPress={() => phone?.hangUp()}>
              {t('phone.hangUp')}
            </Button>
            <Keypad onKey={(key) => phone?.press(key)} />
          </div>
        )}
      </div>
    </section>
  );
}
