import type { Config } from '../../config/config.ts';
import { bad, type Finding, good } from './check.ts';

/** ms for a voice to say one word, its start included. */
const PATIENCE = 10_000;

/** Lets each configured voice say a word. The best one counts; where another one fails, calls fall back and sound different. */
export async function checkSpeech(config: Config): Promise<Finding[]> {
  const { speechProviders } = await import('../../main.ts');
  const remedy =
    'correct --speech-models, --speech-speaker, --speech-url, --speech-model, --speech-voice or --speech-key, or leave them out';
  try {
    const findings: Finding[] = [];
    for (const provider of speechProviders(config)) {
      const name = `speech ${provider.name}`;
      try {
        const signal = AbortSignal.timeout(PATIENCE);
        const samples = await provider.synthesise({ text: 'one', language: 'en', speed: 0 }, signal);
        findings.push(good(name, `speaks (${samples.length / 8} ms of sound)`));
      } catch (error) {
        findings.push(bad(name, `does not speak: ${(error as Error).message}`, remedy));
      } finally {
        await provider.close();
      }
    }
    return findings;
  } catch (error) {
    return [bad('speech', (error as Error).message, remedy)];
  }
}
