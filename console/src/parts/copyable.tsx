import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './controls.tsx';

/** Text to take along. */
export function Copyable({ label, text }: { label: string; text: string }): ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div className="relative">
      <pre
        aria-label={label}
        tabIndex={0}
        className="overflow-x-auto rounded-lg bg-raised p-3 pr-24 font-mono text-sm whitespace-pre-wrap break-all"
      >
        {text}
      </pre>
      <Button className="absolute top-2 right-2 min-h-8 px-3 text-sm" onPress={() => void copy()}>
        <span aria-live="polite">{copied ? t('app.copied') : t('app.copy')}</span>
      </Button>
    </div>
  );
}
