/** Above every page: one row, on a narrow screen with all but the palette and the menu in the menu. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { AccountChoice } from './account.tsx';
import { languages, type Language, speak } from './i18n/i18n.ts';
import { groups } from './pages/pages.tsx';
import { Palette } from './palette/open-palette.tsx';
import { Button, Select } from './parts/controls.tsx';
import { Dialog } from './parts/dialogs.tsx';
import { signOut, useWho } from './session.tsx';
import { chooseTheme, type Theme, useTheme } from './theme.ts';

function NavLink({ to, children }: { to: string; children: ReactNode }): ReactNode {
  const [location] = useLocation();
  const isHere = to === '/' ? location === '/' : location.startsWith(to);
  return (
    <Link
      href={to}
      aria-current={isHere ? 'page' : undefined}
      className={`block rounded-lg px-3 py-1.5 ${isHere ? 'bg-raised font-semibold' : 'text-muted hover:bg-raised'}`}
    >
      {children}
    </Link>
  );
}

/** Only what the role of whoever signed in includes. */
export function Menu({ onGo }: { onGo?: () => void }): ReactNode {
  const { t } = useTranslation();
  const { rights } = useWho();
  return (
    <nav aria-label={t('app.menu')} className="flex flex-col gap-4">
      {groups.map(({ name, pages }) => {
        const shown = pages.filter(({ right }) => rights.includes(right));
        if (shown.length === 0) return null;
        return (
          <div key={name}>
            <p className="px-3 text-sm text-muted">{t(`nav.groups.${name}`)}</p>
            <ul onClick={onGo}>
              {shown.map(({ path, text }) => (
                <li key={path}>
                  <NavLink to={path}>{t(`nav.${text}`)}</NavLink>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <a href="/docs" className="block rounded-lg px-3 py-1.5 text-muted hover:bg-raised">
        {t('app.docs')}
      </a>
    </nav>
  );
}

function Settings(): ReactNode {
  const { t, i18n } = useTranslation();
  const chosen = useTheme();
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Select
        label={t('app.language')}
        value={i18n.language}
        choices={Object.entries(languages).map(([id, text]) => ({ id, text }))}
        onChange={(id) => speak(id as Language)}
      />
      <Select
        label={t('app.theme')}
        value={chosen}
        choices={(['light', 'dark', 'system'] as const).map((id) => ({ id, text: t(`app.themes.${id}`) }))}
        onChange={(id) => chooseTheme(id as Theme)}
      />
    </div>
  );
}

function WhoIsHere({ onGo }: { onGo?: () => void }): ReactNode {
  const { t } = useTranslation();
  const who = useWho();
  return (
    <div className="flex items-center gap-3">
      {who.kind === 'operator' ? (
        <span className="text-sm text-muted">{t('app.operator')}</span>
      ) : (
        <Link href="/console/own" onClick={onGo} className="text-sm text-muted underline">
          {`${who.name} · ${who.account}`}
        </Link>
      )}
      <Button onPress={() => void signOut()}>{t('app.signOut')}</Button>
    </div>
  );
}

function NarrowMenu({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { kind } = useWho();
  return (
    <Dialog title={t('app.menu')} onClose={onClose}>
      <Menu onGo={onClose} />
      <div className="flex flex-col gap-3 border-t border-line pt-4">
        {kind === 'operator' && <AccountChoice />}
        <Settings />
        <WhoIsHere onGo={onClose} />
      </div>
      <Button onPress={onClose}>{t('app.close')}</Button>
    </Dialog>
  );
}

export function Header(): ReactNode {
  const { t } = useTranslation();
  const { kind } = useWho();
  const [isMenuOpen, setMenuOpen] = useState(false);
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-7xl items-center gap-x-3 p-3 lg:items-end lg:gap-x-6">
        <Link href="/" className="mr-2 flex items-center gap-2 self-center text-lg font-semibold">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span className="max-[22rem]:sr-only">OpenVoiceCall</span>
        </Link>
        <span className="flex-1" />
        <Palette />
        <Button className="lg:hidden" aria-haspopup="dialog" onPress={() => setMenuOpen(true)}>
          {t('app.menu')}
        </Button>
        {isMenuOpen && <NarrowMenu onClose={() => setMenuOpen(false)} />}
        <div className="hidden items-end gap-x-6 lg:flex">
          {kind === 'operator' && <AccountChoice />}
          <Settings />
          <WhoIsHere />
        </div>
      </div>
    </header>
  );
}
