const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The key that opens the palette with K, as the keyboard at hand shows it. */
export const MODIFIER = isApple ? '⌘' : 'Ctrl';
