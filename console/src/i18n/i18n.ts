import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import type { causesEn } from './causes-en.ts';
import type { limitsEn } from './limits-en.ts';
import type { liveEn } from './live-en.ts';
import type { operatorEn } from './operator-en.ts';
import type { ordersEn } from './orders-en.ts';
import type { ownEn } from './own-en.ts';
import type { paletteEn } from './palette-en.ts';
import type { trunksEn } from './trunks-en.ts';
import type { upkeepEn } from './upkeep-en.ts';
import { zh } from './zh.ts';

export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

const KEPT = 'ovc-language';

const isLanguage = (text: string | null): text is Language => text !== null && text in languages;

function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  return navigator.language.startsWith('zh') ? 'zh' : 'en';
}

export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  });
  await i18next.use(initReactI18next).init({
    lng: preferred(),
    fallbackLng: 'en',
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false },
  });
}

/** Texts of pages, which come with these; each under names that nobody else uses. */
export function addTexts(texts: Readonly<Record<Language, object>>): void {
  for (const [language, more] of Object.entries(texts)) {
    i18next.addResourceBundle(language, 'translation', more, true);
  }
}

export function speak(language: Language): void {
  localStorage.setItem(KEPT, language);
  void i18next.changeLanguage(language);
}

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: {
      translation: typeof en &
        typeof operatorEn &
        typeof ordersEn &
        typeof ownEn &
        typeof upkeepEn &
        typeof limitsEn &
        typeof trunksEn &
        typeof liveEn &
        typeof paletteEn &
        typeof causesEn;
    };
  }
}
