import { addTexts } from './i18n.ts';
import { limitsEn } from './limits-en.ts';
import { limitsZh } from './limits-zh.ts';

addTexts({ en: limitsEn, zh: limitsZh });
