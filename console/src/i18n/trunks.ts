import { addTexts } from './i18n.ts';
import { trunksEn } from './trunks-en.ts';
import { trunksZh } from './trunks-zh.ts';

addTexts({ en: trunksEn, zh: trunksZh });
