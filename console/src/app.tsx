import { lazy, type ReactNode, Suspense, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch, useLocation } from 'wouter';
import { languages, type Language, speak } from './i18n/i18n.ts';
import { Button, Select, Skeleton } from './parts/controls.tsx';
import { signOut, useWho } from './session.tsx';
import { chooseTheme, type Theme, theme } from './theme.ts';
import { TryPage } from './pages/try-page.tsx';

const CallsPage = lazy(async () => ({ default: (await import('./pages/calls-page.tsx')).CallsPage }));
const CallPage = lazy(async () => ({ default: (await import('./pages/call-page.tsx')).CallPage }));

function NavLink({ to, children }: { to: string; children: ReactNode }): ReactNode {
  const [location] = useLocation();
  const isHere = to === '/' ? location === '/' : location.startsWith(to);
  return (
    <Link
      href={to}
      aria-current={isHere ? 'page' : undefined}
      className={`rounded-lg px-3 py-2 ${isHere ? 'bg-raised font-semibold' : 'text-muted hover:bg-raised'}`}
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

function Header(): ReactNode {
  const { t } = useTranslation();
  const who = useWho();
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-6xl flex-wrap items-end gap-x-6 gap-y-2 p-3">
        <Link href="/" className="mr-2 flex items-center gap-2 self-center text-lg font-semibold">
          <img src="/icon.svg" alt="" width="28" height="28" />
          OpenVoiceCall
        </Link>
        <nav aria-label={t('app.menu')} className="flex flex-1 flex-wrap gap-1 self-center">
          <NavLink to="/">{t('nav.try')}</NavLink>
          <NavLink to="/console/calls">{t('nav.calls')}</NavLink>
          <a href="/docs" className="rounded-lg px-3 py-2 text-muted hover:bg-raised">
            {t('app.docs')}
          </a>
        </nav>
        <Settings />
        <div className="flex items-center gap-3">
          <span className="text-sm text-muted">
            {who.kind === 'operator' ? t('app.operator') : `${who.name} · ${who.account}`}
          </span>
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
      <Header />
      <main id="content" tabIndex={-1} className="mx-auto max-w-6xl p-4 outline-none">
        <Suspense fallback={<Skeleton lines={8} />}>
          <Switch>
            <Route path="/">
              <TryPage />
            </Route>
            <Route path="/console/calls">
              <CallsPage />
            </Route>
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
    </I18nProvider>
  );
}
