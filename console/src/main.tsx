import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { ApiError } from './api/client.ts';
import { startI18n } from './i18n/i18n.ts';
import { SessionGate } from './session.tsx';
import './styles.css';
import { startTheme } from './theme.ts';

startTheme();
await startI18n();

const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What was refused is refused again; a platform that starts anew is back in a moment.
      retry: (failures, error) => failures < 3 && !(error instanceof ApiError && error.status !== 0),
      staleTime: 2_000,
    },
  },
});
queries.getQueryCache().subscribe(({ type, query }) => {
  const { error } = query.state;
  const over = type === 'updated' && error instanceof ApiError && error.status === 401;
  // The sign-in ended: ask who is here.
  if (over && query.queryKey[0] !== 'who') void queries.invalidateQueries({ queryKey: ['who'] });
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SessionGate>
        <App />
      </SessionGate>
    </QueryClientProvider>
  </StrictMode>,
);
