import { addTexts } from './i18n.ts';
import { paletteEn } from './palette-en.ts';
import { paletteZh } from './palette-zh.ts';

addTexts({ en: paletteEn, zh: paletteZh });
