import { type ReactNode, Suspense } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch } from 'wouter';
import { AccountProvider, useMay } from './account.tsx';
import { Header, Menu } from './header.tsx';
import { PageTitle } from './parts/page-title.tsx';
import { CallPage, pages } from './pages/pages.tsx';
import { Skeleton } from './parts/controls.tsx';
import { Toasts } from './parts/toasts.tsx';

/** Beside the page, where there is room; else in the header. */
function Side(): ReactNode {
  return (
    <div className="hidden w-48 shrink-0 lg:block">
      <Menu />
    </div>
  );
}

function PageOf({ page: { Page, path, right } }: { page: (typeof pages)[number] }): ReactNode {
  const { t } = useTranslation();
  if (useMay(right)) return <Page />;
  return path === '/' ? <Redirect to="/console/calls" replace /> : <p>{t('ops.notAllowed')}</p>;
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
                  <PageTitle title={t('app.notFound')} look="mb-3" />
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
