/** Sentences of the platform with values in them, in another language. */

/** English as the platform says it, and what is said instead; `{name}` stands for a value in both. */
export type Sentence = readonly [english: string, said: string];

const escaped = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');

const patternOf = (english: string): RegExp =>
  new RegExp(`^${escaped(english).replaceAll(/\{(\w+)\}/g, '(?<$1>.*?)')}$`, 'i');

/** @returns what says a sentence; undefined for one that is not among them. A value may be one of them too. */
export function translator(sentences: readonly Sentence[]): (text: string) => string | undefined {
  const patterns = sentences.map(([english, said]) => [patternOf(english), said] as const);
  const translated = (text: string): string | undefined => {
    for (const [pattern, said] of patterns) {
      const match = pattern.exec(text);
      if (match === null) continue;
      return said.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const value = match.groups?.[name] ?? '';
        return translated(value) ?? value;
      });
    }
    return undefined;
  };
  return translated;
}
