/** What is used of what is allowed. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** From which share on it is close. */
const CLOSE = 0.8;

function colourOf(share: number): string {
  if (share >= 1) return 'bg-bad';
  return share >= CLOSE ? 'bg-warn' : 'bg-accent';
}

/** @param used absent: not known */
export function Meter({
  label,
  used,
  allowed,
}: {
  label?: string;
  used: number | undefined;
  allowed: number;
}): ReactNode {
  const { t, i18n } = useTranslation();
  const shown = (value: number): string => value.toLocaleString(i18n.language === 'zh' ? 'zh-CN' : 'en-GB');
  const share = allowed === 0 ? 1 : Math.min(1, (used ?? 0) / allowed);
  return (
    <div className="flex flex-wrap items-center gap-x-3 whitespace-nowrap lg:flex-nowrap">
      {label !== undefined && <span className="w-36 shrink-0 text-sm text-muted">{label}</span>}
      <span className="min-w-20 tabular-nums">
        {used === undefined
          ? shown(allowed)
          : t('ops.usedOf', { used: shown(used), allowed: shown(allowed) })}
      </span>
      {used !== undefined && (
        // The figures say the same.
        <span aria-hidden="true" className="h-2 w-24 shrink-0 overflow-hidden rounded-full bg-raised">
          <span
            className={`block h-full rounded-full ${colourOf(share)}`}
            style={{ width: `${share * 100}%` }}
          />
        </span>
      )}
    </div>
  );
}
