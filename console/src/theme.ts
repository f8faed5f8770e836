/** Light or dark: as the system, until somebody says otherwise. */
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const KEPT = 'ovc-theme';
const listeners = new Set<() => void>();
const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function show(): void {
  const chosen = theme();
  document.documentElement.dataset.theme =
    chosen === 'system' ? (systemIsDark.matches ? 'dark' : 'light') : chosen;
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(KEPT, chosen);
  show();
  for (const listener of listeners) listener();
}

/** What is chosen, wherever it was. */
export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, theme);

export function startTheme(): void {
  show();
  systemIsDark.addEventListener('change', show);
}
