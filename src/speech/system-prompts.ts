import type { Digit, SystemPrompt } from '../call/prompt.ts';

/** Spec 11, prompts and defaults; the digits are what a verification code is read from (spec 04). */
const TEXTS: Readonly<Record<SystemPrompt, { readonly zh: string; readonly en: string }>> = {
  transfer: { zh: '正在为您转接中,请稍后', en: 'Please hold while we connect your call.' },
  'last-minute': { zh: '本次通话时长还剩1分钟', en: 'You have one minute left on this call.' },
  recording: { zh: '您好,本次通话将被录音', en: 'Hello, this call will be recorded.' },
  'digit-0': { zh: '零', en: 'zero' },
  'digit-1': { zh: '一', en: 'one' },
  'digit-2': { zh: '二', en: 'two' },
  'digit-3': { zh: '三', en: 'three' },
  'digit-4': { zh: '四', en: 'four' },
  'digit-5': { zh: '五', en: 'five' },
  'digit-6': { zh: '六', en: 'six' },
  'digit-7': { zh: '七', en: 'seven' },
  'digit-8': { zh: '八', en: 'eight' },
  'digit-9': { zh: '九', en: 'nine' },
};

/** Every prompt that the platform itself says. */
export const systemPrompts: readonly SystemPrompt[] = [
  'transfer',
  'last-minute',
  'recording',
  ...Array.from({ length: 10 }, (_, digit): SystemPrompt => `digit-${String(digit) as Digit}`),
];

/** What the platform says where the operator has not replaced the prompt by a voice file. */
export function systemPromptText(prompt: SystemPrompt, language: 'zh' | 'en'): string {
  return TEXTS[prompt][language];
}
