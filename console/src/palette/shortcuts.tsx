/** Which keys do what. */
import '../i18n/palette.ts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Switch } from '../parts/controls.tsx';
import { Dialog } from '../parts/dialogs.tsx';
import { MODIFIER } from './modifier.ts';
import { areSingleKeysOn, setSingleKeys } from './single-keys.ts';

const keys = [
  [`${MODIFIER}+K`, 'palette'],
  ['?', 'shortcuts'],
  ['Tab', 'next'],
  ['↑ ↓', 'arrows'],
  ['Enter', 'enter'],
  ['Esc', 'escape'],
] as const;

export function Shortcuts({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [on, setOn] = useState(areSingleKeysOn);
  return (
    <Dialog title={t('palette.shortcuts')} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
        {keys.map(([key, name]) => (
          <div key={name} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-raised px-2 py-0.5 font-mono text-sm">{key}</kbd>
            </dt>
            <dd>{t(`palette.keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label={t('palette.singleKeys')}
        isSelected={on}
        onChange={(chosen) => {
          setSingleKeys(chosen);
          setOn(chosen);
        }}
      />
      <div className="flex justify-end">
        <Button onPress={onClose}>{t('app.close')}</Button>
      </div>
    </Dialog>
  );
}
