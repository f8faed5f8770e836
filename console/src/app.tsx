import { type ReactNode, Suspense, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { languages, type Language, speak } from './i18n/i18n.ts';
import { Button, Select, Skeleton } from './parts/controls.tsx';
import { signOut, useWho } from './session.tsx';
import { chooseTheme, type Theme, theme } from './theme.ts';
import { AccountChoice, AccountProvider, useMay } from './account.tsx';
import { CallPage, groups, pages } from './pages/pages.tsx';
import { Toasts } from './parts/toasts.tsx';

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

function Settings(): ReactNode {
  const { t, i18n } = useTranslation();
  const [chosen, setChosen] = useState(theme());
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
        onChange={(id) => {
          chooseTheme(id as Theme);
          setChosen(id as Theme);
        }}
      />
    </div>
  );
}

/** Only what the role of whoever signed in includes. */
function Menu({ onGo }: { onGo: () => void }): ReactNode {
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

/** Beside the page; on a narrow screen above it, and folded. */
function Side(): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="shrink-0 lg:w-48">
      <Button
        className="w-full lg:hidden"
        aria-expanded={isOpen}
        aria-controls="menu"
        onPress={() => setOpen(!isOpen)}
      >
        {t('app.menu')}
      </Button>
      <div id="menu" className={`${isOpen ? 'mt-3' : 'hidden'} lg:mt-0 lg:block`}>
        <Menu onGo={() => setOpen(false)} />
      </div>
    </div>
  );
}

function PageOf({ page: { Page, path, right } }: { page: (typeof pages)[number] }): ReactNode {
  const { t } = useTranslation();
  if (useMay(right)) return <Page />;
  return path === '/' ? <Redirect to="/console/calls" replace /> : <p>{t('ops.notAllowed')}</p>;
}

function Header(): ReactNode {
  const { t } = useTranslation();
  const who = useWho();
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-7xl flex-wrap items-end gap-x-6 gap-y-2 p-3">
        <Link href="/" className="mr-2 flex items-center gap-2 self-center text-lg font-semibold">
          <img src="/icon.svg" alt="" width="28" height="28" />
          OpenVoiceCall
        </Link>
        <span className="flex-1" />
        {who.kind === 'operator' && <AccountChoice />}
        <Settings />
        <div className="flex items-center gap-3">
          {who.kind === 'operator' ? (
            <span className="text-sm text-muted">{t('app.operator')}</span>
          ) : (
            <Link href="/console/own" className="text-sm text-muted underline">
              {`${who.name} · ${who.account}`}
            </Link>
          )}
          <Button onPress={() => void signOut()}>{t('app.signOut')}</Button>
        </div>
      </div>
    </header>
  );
}

export function App(): ReactNode {
  const { t, i18n } = useTranslation();
  return (
    <I18nProvider locale={i18n.language === 'zh' ? 'zh-CN' : 'en-GB'}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-10 focus:rounded-lg focus:bg-accent focus:px-4 focus:py-2 focus:text-accent-text"
      >
        {t('app.skip')}
      </a>
      <AccountProvider>
        <Header />
        <div className="mx-auto flex max-w-7xl flex-col gap-4 p-4 lg:flex-row lg:gap-8">
          <Side />
          <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
            <Suspense fallback={<Skeleton lines={8} />}>
              <Switch>
                {pages.map((page) => (
                  <Route key={page.path} path={page.path}>
                    <PageOf page={page} />
                  </Route>
                ))}
                <Route path="/console/calls/:sessionId">
                  {({ sessionId }) => <CallPage sessionId={decodeURIComponent(sessionId)} />}
                </Route>
                <Route>
                  <p className="mb-3">{t('app.notFound')}</p>
                  <Link href="/" className="text-accent underline">
                    {t('app.backHome')}
                  </Link>
                </Route>
              </Switch>
            </Suspense>
          </main>
        </div>
      </AccountProvider>
      <Toasts />
    </I18nProvider>
  );
}
