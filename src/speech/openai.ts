/** Any server with OpenAI's `POST /v1/audio/speech`: OpenAI itself, LocalAI, Kokoro-FastAPI, openedai-speech and others. */
import { Agent, type Dispatcher } from 'undici';
import { parseWav, WavError, wavSamples } from '../audio/wav.ts';
import { SpeechFailure, type SpeechProvider, type SpeechRequest, speedFactor } from './provider.ts';
import { monoOf, telephonySamples } from './telephony-samples.ts';
import { spokenText } from './text/segments.ts';

export interface OpenAiSpeechOptions {
  /** Of the server, or of its API: `https://api.openai.com`, `http://127.0.0.1:8880/v1`. */
  readonly url: string;
  readonly model: string;
  readonly voice: string;
  /** Sent as a bearer token, and nowhere else. */
  readonly apiKey?: string;
  /** `wav` says its own rate; `pcm` is 24,000 Hz, 16 bit, mono. */
  readonly format?: 'wav' | 'pcm';
  /** Octets of an answer that are accepted; 32 MB by default, some ten minutes. */
  readonly mostOctets?: number;
}

const PCM_RATE = 24_000;
const MOST_OCTETS = 32 * 1024 * 1024;
/** What the API accepts as speed. */
const SLOWEST = 0.25;
const FASTEST = 4;
/** RFC 6750 2.1: what a bearer token is made of. */
const TOKEN = /^[\w.~+/-]+=*$/;

export class OpenAiSpeechProvider implements SpeechProvider {
  readonly name = 'openai';
  readonly voice: string;
  /** A server of one's own speaks few at once, too. */
  readonly atOnce = 8;
  readonly #url: URL;
  readonly #options: OpenAiSpeechOptions;
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: 8 });

  /** @throws {Error} naming the option that is wrong */
  constructor(options: OpenAiSpeechOptions) {
    this.#url = endpoint(options.url);
    if (options.apiKey !== undefined && !TOKEN.test(options.apiKey))
      throw new Error('the API key of the speech server holds characters that no key has');
    this.#options = options;
    this.voice = [this.#url.href, options.model, options.voice].join(' ');
  }

  async synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    const input = spokenText(request.text, request.language);
    if (input === '')
      throw new SpeechFailure('the text holds nothing that can be spoken', { retryable: false });
    const octets = await this.#post(input, request.speed, signal);
    const { samples, rate } = this.#decoded(octets);
    if (samples.length === 0) throw new SpeechFailure('the speech server gave no sound', { retryable: true });
    return telephonySamples(samples, rate);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #post(input: string, speed: number, signal: AbortSignal): Promise<Buffer> {
    const { model, voice, apiKey, format = 'wav' } = this.#options;
    const factor = Math.min(FASTEST, Math.max(SLOWEST, speedFactor(speed)));
    let answer: Dispatcher.ResponseData;
    try {
      answer = await this.#agent.request({
        origin: this.#url.origin,
        path: this.#url.pathname + this.#url.search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({
          model,
          voice,
          input,
          response_format: format,
          speed: Number(factor.toFixed(2)),
        }),
        signal,
      });
      if (answer.statusCode === 200) return await this.#read(answer.body);
    } catch (cause) {
      if (cause instanceof SpeechFailure) throw cause;
      throw new SpeechFailure('the speech server was not reached, or broke off', { retryable: true, cause });
    }
    // Its words are not repeated: they may repeat ours. An error while they are thrown away changes nothing.
    answer.body.on('error', () => {}).destroy();
    const { statusCode } = answer;
    const retryable = statusCode >= 500 || statusCode === 408 || statusCode === 429;
    throw new SpeechFailure(`the speech server answered ${statusCode}`, { retryable });
  }

  async #read(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
    const { mostOctets = MOST_OCTETS } = this.#options;
    const parts: Buffer[] = [];
    let octets = 0;
    for await (const part of body as AsyncIterable<Buffer>) {
      octets += part.length;
      // Leaving the loop ends the connection.
      if (octets > mostOctets)
        throw new SpeechFailure('the speech server gave too much', { retryable: false });
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  #decoded(octets: Buffer): { samples: Float32Array; rate: number } {
    if (this.#options.format === 'pcm') {
      const samples = Int16Array.from({ length: octets.length >> 1 }, (_, index) =>
        octets.readInt16LE(index * 2),
      );
      return { samples: monoOf(samples, 1), rate: PCM_RATE };
    }
    try {
      const file = parseWav(octets);
      return { samples: monoOf(wavSamples(file), file.tracks), rate: file.sampleRate };
    } catch (cause) {
      if (!(cause instanceof WavError)) throw cause;
      throw new SpeechFailure('the speech server gave no WAV file', { retryable: false, cause });
    }
  }
}

function endpoint(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error('the address of the speech server is no http or https URL');
  if (url.username !== '' || url.password !== '')
    throw new Error(
      'the address of the speech server has a user name or password in it; give an API key instead',
    );
  const path = url.pathname.replace(/\/+$/, '');
  if (!path.endsWith('/audio/speech'))
    url.pathname = `${path}${path.endsWith('/v1') ? '' : '/v1'}/audio/speech`;
  return url;
}
