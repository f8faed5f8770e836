import type { liveEn } from './live-en.ts';

/** 正在进行的呼叫页面的中文文本。 */
export const liveZh: typeof liveEn = {
  live: {
    title: '实时呼叫',
    intro: '正在进行的呼叫，最新的在前，随时更新。',
    empty: '现在没有正在进行的呼叫。呼叫一发起就会出现在这里；已结束的在“呼叫”页面。',
    filter: '号码、会话或应用',
    since: '已进行',
    running_one: '{{count}} 个呼叫正在进行',
    running_other: '{{count}} 个呼叫正在进行',
    stage: {
      waiting: '等待中',
      dialling: '呼叫 {{party}}',
      ringing: '{{party}} 振铃',
      answered: '{{party}} 已接听',
      connected: '通话中',
    },
    counted: {
      waiting: '等待中',
      dialling: '呼叫中',
      ringing: '振铃中',
      answered: '一方已接听',
      connected: '通话中',
    },
  },
};
