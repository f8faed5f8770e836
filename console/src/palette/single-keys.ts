/** Whether a single key alone does something; whoever speaks to their machine switches it off (WCAG 2.1.4). */
import { useEffect, useRef } from 'react';

const KEPT = 'ovc-single-keys';

export const areSingleKeysOn = (): boolean => localStorage.getItem(KEPT) !== 'off';

export const setSingleKeys = (on: boolean): void => localStorage.setItem(KEPT, on ? 'on' : 'off');

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, [contenteditable], [role=listbox]') !== null;

/** The key that was pressed alone, where a single key does something: not into a field, and not while it is held down. */
export function singleKeyOf(event: KeyboardEvent): string | undefined {
  const { key, ctrlKey, metaKey, altKey, repeat, target } = event;
  if (ctrlKey || metaKey || altKey || repeat || isTyping(target) || !areSingleKeysOn()) return undefined;
  return key;
}

/** What keys do while this is shown and no dialog is above it; a toast is none. */
export function useSingleKeys(keys: Readonly<Record<string, () => void>>): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const does = current.current[singleKeyOf(event) ?? ''];
      if (does === undefined || document.querySelector('[role=dialog]') !== null) return;
      event.preventDefault();
      does();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
