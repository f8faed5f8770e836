/** Light or dark: as the system, until somebody says otherwise. */
export type Theme = 'light' | 'dark' | 'system';

const KEPT = 'ovc-theme';
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
}

export function startTheme(): void {
  show();
  systemIsDark.addEventListener('change', show);
}
