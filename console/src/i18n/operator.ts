import { addTexts } from './i18n.ts';
import { operatorEn } from './operator-en.ts';
import { operatorZh } from './operator-zh.ts';
import { ordersEn } from './orders-en.ts';
import { ordersZh } from './orders-zh.ts';
import { ownEn } from './own-en.ts';
import { ownZh } from './own-zh.ts';
import { upkeepEn } from './upkeep-en.ts';
import { upkeepZh } from './upkeep-zh.ts';

addTexts({
  en: { ...operatorEn, ...ordersEn, ...ownEn, ...upkeepEn },
  zh: { ...operatorZh, ...ordersZh, ...ownZh, ...upkeepZh },
});
