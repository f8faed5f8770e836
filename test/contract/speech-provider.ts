import { expect, it } from 'vitest';
import { loudnessOf, promptLoudness } from '../../src/audio/loudness.ts';
import type { SpeechProvider, SpeechRequest } from '../../src/speech/provider.ts';

/** What every SpeechProvider does. `open` gives one that works. */
export function speechProviderContract(open: () => Promise<SpeechProvider>): void {
  const request = (text: string, speed = 0): SpeechRequest => ({ text, language: 'auto', speed });
  const inTime = (): AbortSignal => AbortSignal.timeout(15_000);

  async function withProvider(act: (provider: SpeechProvider) => Promise<void>): Promise<void> {
    const provider = await open();
    try {
      await act(provider);
    } finally {
      await provider.close();
    }
  }

  it('speaks at the loudness of prompts', async () => {
    await withProvider(async (provider) => {
      const samples = await provider.synthesise(request('您的验证码是1234'), inTime());
      expect(samples.length).toBeGreaterThan(8000);
      expect(Math.abs(loudnessOf(samples) - promptLoudness)).toBeLessThan(3);
    });
  });

  it('speaks faster when it is told to', async () => {
    await withProvider(async (provider) => {
      const normal = await provider.synthesise(request('正在为您转接中,请稍后'), inTime());
      const fast = await provider.synthesise(request('正在为您转接中,请稍后', 400), inTime());
      expect(fast.length).toBeLessThan(normal.length * 0.85);
    });
  });

  it('speaks several texts at once, each its own', async () => {
    await withProvider(async (provider) => {
      const texts = ['一', '一二三', '一二三四五六', '一二三四五六七八九'];
      const spoken = await Promise.all(texts.map((text) => provider.synthesise(request(text), inTime())));
      const lengths = spoken.map(({ length }) => length);
      expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
      expect(new Set(lengths).size).toBe(texts.length);
    });
  });

  it('refuses for good what holds nothing to be spoken', async () => {
    await withProvider(async (provider) => {
      const refusal = expect.objectContaining({ name: 'SpeechFailure', retryable: false });
      for (const text of ['', ' ', '。。。', '😀'])
        await expect(provider.synthesise(request(text), inTime())).rejects.toEqual(refusal);
    });
  });

  it('gives up when its signal is aborted, and works on', async () => {
    await withProvider(async (provider) => {
      await expect(provider.synthesise(request('您好'), AbortSignal.abort())).rejects.toThrow();
      const abort = new AbortController();
      const long = provider.synthesise(request('您好,'.repeat(500)), abort.signal);
      abort.abort();
      await expect(long).rejects.toThrow();
      expect((await provider.synthesise(request('您好'), inTime())).length).toBeGreaterThan(0);
    });
  });

  it('keeps the text out of what it throws', async () => {
    const provider = await open();
    await provider.close();
    const error: unknown = await provider
      .synthesise(request('机密'), inTime())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('机密');
  });
}
