/** What the platform tells by codes, in the language of the console: English as the platform says it, Chinese by tables. */
import { ApiError } from '../api/client.ts';
import { kindsZh, methodsZh, pathsZh, refusalsZh, releasesZh } from './codes-zh.ts';
import { explanationsZh, resultsZh } from './refusals-zh.ts';
import { translator } from './sentences.ts';

const isChinese = (language: string): boolean => language === 'zh';

/** Why a call ended, in a few words. */
export const releaseText = (language: string, code: number | undefined, description = ''): string =>
  (isChinese(language) ? releasesZh[String(code)] : undefined) ?? description;

const explainedZh = translator(explanationsZh);

/** Why a limit, a guard or a template refused a call. */
export const explanationText = (language: string, explanation: string): string =>
  (isChinese(language) ? explainedZh(explanation) : undefined) ?? explanation;

/** What went wrong and what to do. Where a rule is broken the platform's own words say by which value. */
export function problemText(
  language: string,
  error: unknown,
): { message: string; more?: string | undefined } {
  if (!(error instanceof ApiError))
    return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, remedy } = error;
  if (!isChinese(language)) return { message, more: remedy };
  const result = resultsZh[code];
  if (result !== undefined) {
    const precise = [message, remedy].map((text) => text && explainedZh(text)).filter(Boolean);
    return { message: result, more: precise.join('') || undefined };
  }
  const translated = refusalsZh[code];
  if (translated === undefined) return { message, more: remedy };
  const isPrecise = code.startsWith('invalid') || code.endsWith('-invalid');
  return { message: translated, more: isPrecise ? [message, remedy].filter(Boolean).join(' ') : undefined };
}

/** `PUT /limits/:scope/:subject`, as the audit trail has it. */
export function actionText(language: string, action: string): string {
  if (!isChinese(language)) return action;
  const [method = '', path = ''] = action.split(' ');
  const words = path.split('/').filter((word) => word !== '' && !word.startsWith(':'));
  return `${methodsZh[method] ?? method} ${words.map((word) => pathsZh[word] ?? word).join(' › ')}`;
}

/** What an action was about. */
export const kindText = (language: string, kind: string): string =>
  (isChinese(language) ? kindsZh[kind] : undefined) ?? kind;
