/** The heading of a page, which names its tab and its place in the history too. */
import { type ReactNode, useEffect } from 'react';

export function PageTitle({ title, look = '' }: { title: string; look?: string }): ReactNode {
  useEffect(() => {
    document.title = `${title} · OpenVoiceCall`;
    return () => {
      document.title = 'OpenVoiceCall';
    };
  }, [title]);
  return <h1 className={`text-2xl font-semibold ${look}`}>{title}</h1>;
}
