/** Who uses the console, and what they may do. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { api, ApiError } from './api/client.ts';
import type { Who } from './api/types.ts';
import { Skeleton } from './parts/controls.tsx';
import { Problem } from './parts/problem.tsx';
import { SignIn } from './pages/sign-in.tsx';

const Session = createContext<Who | undefined>(undefined);

export function useWho(): Who {
  const who = useContext(Session);
  if (who === undefined) throw new Error('nobody is signed in');
  return who;
}

const isUnauthorized = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

/** Set when somebody signed out: an open console would let them in again at once. */
const SIGNED_OUT = 'ovc-signed-out';

async function whoIsHere(): Promise<Who | null> {
  const who = await api<Who>('GET', '/session');
  if (who.kind !== 'nobody') return who;
  if (!who.open || sessionStorage.getItem(SIGNED_OUT) !== null) return null;
  try {
    await api('POST', '/session/operator', {});
    return await api<Who>('GET', '/session');
  } catch (error) {
    if (isUnauthorized(error)) return null;
    throw error;
  }
}

export function SessionGate({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const { data: who, error, refetch } = useQuery({ queryKey: ['who'], queryFn: whoIsHere, retry: false });
  if (error) {
    return (
      <main className="mx-auto max-w-md p-6">
        <Problem error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (who === undefined) {
    return (
      <main className="mx-auto max-w-md p-6" aria-busy="true">
        <Skeleton lines={6} />
      </main>
    );
  }
  const enter = async (): Promise<void> => {
    sessionStorage.removeItem(SIGNED_OUT);
    await client.invalidateQueries();
  };
  if (who === null) return <SignIn onEntered={() => void enter()} />;
  return <Session value={who}>{children}</Session>;
}

/** Whoever is here signs in again, and does not come in as the operator of an open console instead. */
export const signInAgain = (): void => sessionStorage.setItem(SIGNED_OUT, '1');

export async function signOut(): Promise<void> {
  signInAgain();
  await api('DELETE', '/session');
  window.location.assign('/');
}
