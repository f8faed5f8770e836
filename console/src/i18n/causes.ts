import { addTexts } from './i18n.ts';
import { causesEn } from './causes-en.ts';
import { causesZh } from './causes-zh.ts';

addTexts({ en: causesEn, zh: causesZh });
