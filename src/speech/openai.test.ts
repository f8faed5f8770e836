import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { speechProviderContract } from '../../test/contract/speech-provider.ts';
import { writeWav } from '../audio/wav.ts';
import { type OpenAiSpeechOptions, OpenAiSpeechProvider } from './openai.ts';

interface SpeechOrder {
  readonly model: string;
  readonly voice: string;
  readonly input: string;
  readonly response_format: 'wav' | 'pcm';
  readonly speed: number;
}

type Answer = (order: SpeechOrder, response: ServerResponse, request: IncomingMessage) => void;

const RATE = 24_000;
const KEY = 'sk-Secret_1234.5';

/** A quarter of a second of 440 Hz for each character. */
function toneOf({ input, speed }: SpeechOrder): Int16Array {
  const length = Math.round((input.length * RATE) / 4 / speed);
  return Int16Array.from({ length }, (_, index) => 8000 * Math.sin((2 * Math.PI * 440 * index) / RATE));
}

const speak: Answer = (order, response) => {
  const samples = toneOf(order);
  response.end(order.response_format === 'wav' ? writeWav(samples, RATE) : Buffer.from(samples.buffer));
};

describe('a speech server', () => {
  let server: Server;
  let origin: string;
  let answer: Answer;
  let orders: { path: string; key: string | undefined; order: SpeechOrder }[];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      const order = JSON.parse(Buffer.concat(parts).toString()) as SpeechOrder;
      orders.push({ path: request.url!, key: request.headers.authorization, order });
      answer(order, response, request);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    answer = speak;
    orders = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const inTime = (): AbortSignal => AbortSignal.timeout(5000);
  const request = { text: '您的验证码是1234', language: 'auto', speed: 0 } as const;
  const open = (options: Partial<OpenAiSpeechOptions> = {}): OpenAiSpeechProvider =>
    new OpenAiSpeechProvider({ url: origin, model: 'tts-1', voice: 'nova', apiKey: KEY, ...options });

  async function failure(options: Partial<OpenAiSpeechOptions> = {}, signal = inTime()): Promise<unknown> {
    const provider = open(options);
    const thrown: unknown = await provider.synthesise(request, signal).catch((error: unknown) => error);
    await provider.close();
    expect(inspect(thrown, { depth: 9 })).not.toMatch(/Secret|验证码|一二三四/);
    return thrown;
  }

  describe.each(['wav', 'pcm'] as const)('that answers %s', (format) => {
    speechProviderContract(async () => open({ format }));
  });

  it('is told model, voice, speed, and words in place of numbers', async () => {
    const provider = open();
    const samples = await provider.synthesise({ ...request, speed: 500 }, inTime());
    await provider.close();
    expect(orders).toEqual([
      {
        path: '/v1/audio/speech',
        key: `Bearer ${KEY}`,
        order: {
          model: 'tts-1',
          voice: 'nova',
          input: '您的验证码是一二三四',
          response_format: 'wav',
          speed: 2,
        },
      },
    ]);
    expect(samples.length).toBe(10 * 1000);
  });

  it.each([
    ['', '/v1/audio/speech'],
    ['/', '/v1/audio/speech'],
    ['/v1', '/v1/audio/speech'],
    ['/v1/', '/v1/audio/speech'],
    ['/proxy', '/proxy/v1/audio/speech'],
    ['/own/audio/speech', '/own/audio/speech'],
  ])('is found at its address: %j', async (path, asked) => {
    const provider = open({ url: origin + path, apiKey: undefined });
    await provider.synthesise(request, inTime());
    await provider.close();
    expect(orders[0]).toMatchObject({ path: asked, key: undefined });
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [401, false],
    [404, false],
    [301, false],
  ])('that answers %d fails; worth another attempt: %j', async (status, retryable) => {
    answer = ({ input }, response) => {
      response.writeHead(status, { location: `${origin}/elsewhere` }).end(`cannot say ${input} for ${KEY}`);
    };
    expect(await failure()).toMatchObject({
      name: 'SpeechFailure',
      retryable,
      message: `the speech server answered ${status}`,
    });
    expect(orders.length).toBe(1);
  });

  it.each<[string, Answer, boolean]>([
    ['no WAV file', (_, response) => response.end('<html>'), false],
    ['nothing', (_, response) => response.end(writeWav(new Int16Array(0), RATE)), true],
    ['too much', (_, response) => response.end(Buffer.alloc(200_000)), false],
    [
      'too much, never ending',
      (_, response) => void setInterval(() => response.write(Buffer.alloc(50_000)), 1).unref(),
      false,
    ],
    [
      'half of it',
      (_, response, request) => {
        response.writeHead(200, { 'content-length': '1000' }).write('RIFF');
        setImmediate(() => request.socket.destroy());
      },
      true,
    ],
    ['no answer at all', (_, __, request) => request.socket.destroy(), true],
  ])('that gives %s fails', async (_, given, retryable) => {
    answer = given;
    expect(await failure({ mostOctets: 100_000 })).toMatchObject({ name: 'SpeechFailure', retryable });
  });

  it('that cannot be reached fails', async () => {
    expect(await failure({ url: 'http://127.0.0.1:1' })).toMatchObject({
      name: 'SpeechFailure',
      retryable: true,
    });
  });

  it('that never answers is given up', async () => {
    answer = () => {};
    expect(await failure({}, AbortSignal.timeout(50))).toBeInstanceOf(Error);
  });

  it('may leave lengths open, as who streams does, and speak with two tracks', async () => {
    answer = (order, response) => {
      const mono = toneOf(order);
      const stereo = Int16Array.from({ length: mono.length * 2 }, (_, index) => mono[index >> 1]!);
      const wav = Buffer.from(writeWav(stereo, RATE, 2));
      wav.writeUInt32LE(0xffffffff, 4);
      wav.writeUInt32LE(0xffffffff, 40);
      response.end(wav);
    };
    const provider = open();
    expect((await provider.synthesise(request, inTime())).length).toBe(10 * 2000);
    await provider.close();
  });

  it('keeps its key to itself', async () => {
    const provider = open();
    expect(inspect(provider, { depth: 9, showHidden: true })).not.toContain(KEY);
    expect(JSON.stringify(provider)).not.toContain(KEY);
    expect(provider.voice).not.toContain(KEY);
    await provider.close();
  });

  it.each([
    [{ url: 'ftp://x' }, /no http or https URL/],
    [{ url: 'speech' }, /no http or https URL/],
    [{ url: 'http://user:pass@x' }, /API key instead/],
    [{ apiKey: 'sk 1\r\nX: y' }, /characters that no key has/],
  ])('is refused when it is configured wrong: %j', (options, message) => {
    expect(() => open(options)).toThrow(message);
  });
});
