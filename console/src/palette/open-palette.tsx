/** Opens the command palette (Ctrl+K, ⌘K, a button) and the list of shortcuts (?), both loaded when they are wanted. */
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../parts/controls.tsx';
import { MODIFIER } from './modifier.ts';
import { singleKeyOf } from './single-keys.ts';

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}));
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts.tsx')).Shortcuts }));

/** What a pressed key asks for. */
function askedBy(event: KeyboardEvent): 'palette' | 'shortcuts' | undefined {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') return 'palette';
  return singleKeyOf(event) === '?' ? 'shortcuts' : undefined;
}

export function Palette(): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'palette' | 'shortcuts'>();
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const asked = askedBy(event);
      if (asked === undefined) return;
      event.preventDefault();
      // Above another dialog there is none, but the palette closes as it opens.
      setOpen((now) => {
        if (now !== undefined) return now === asked ? undefined : asked;
        return document.querySelector('[role=dialog]') === null ? asked : undefined;
      });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Button aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onPress={() => setOpen('palette')}>
        {t('app.find')}
        <kbd aria-hidden="true" className="hidden font-mono text-sm text-muted xl:inline">
          {MODIFIER}+K
        </kbd>
      </Button>
      <Suspense fallback={null}>
        {open === 'palette' && <CommandPalette onClose={close} onShortcuts={() => setOpen('shortcuts')} />}
        {open === 'shortcuts' && <Shortcuts onClose={close} />}
      </Suspense>
    </>
  );
}
