/** A QR code; loaded when there is one to show. */
import { type ReactNode, useMemo } from 'react';
import { encode } from 'uqr';

/** Modules of white around it, which readers need (ISO/IEC 18004). */
const BORDER = 4;

export function QrCode({ text, label }: { text: string; label: string }): ReactNode {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: BORDER });
    const dark = code.data.flatMap((row, y) =>
      row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])),
    );
    return { size: code.size, path: dark.join('') };
  }, [text]);
  // Black on white in the dark theme too: many readers take no other.
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} className="w-56 max-w-full rounded-lg">
      <path fill="#ffffff" d={`M0 0h${size}v${size}h-${size}z`} />
      <path fill="#000000" shapeRendering="crispEdges" d={path} />
    </svg>
  );
}
