import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { SherpaProvider, sherpaIsInstalled } from './sherpa.ts';
import { sherpaConfiguration } from './sherpa-models.ts';

const clock = new ManualClock();
const inTime = (): AbortSignal => AbortSignal.timeout(20_000);
const request = { text: '您好', language: 'zh', speed: 0 } as const;

/** No model can be had here: tested are refusals, how a folder is understood, the protocol, and what a bad model does. */
describe('sherpa-onnx', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ovc-sherpa-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = (...names: string[]): Promise<unknown> =>
    Promise.all(names.map((name) => writeFile(join(folder, name), '')));

  it.skipIf(sherpaIsInstalled())('is refused without its package, which the message names', async () => {
    await put('model.onnx', 'tokens.txt');
    expect(() => new SherpaProvider({ clock, folder })).toThrow('npm install sherpa-onnx-node');
  });

  it.each([
    [[], 'has no .onnx file'],
    [['model.onnx'], 'has no tokens.txt'],
    [['tokens.txt'], 'has no .onnx file'],
  ])('is refused when the folder holds %j', async (names, message) => {
    await put(...names);
    expect(() => new SherpaProvider({ clock, folder })).toThrow(message);
  });

  it('is refused when there is no such folder', () => {
    expect(() => new SherpaProvider({ clock, folder: join(folder, 'none') })).toThrow('cannot be read');
  });

  it('takes a folder with voices.bin for Kokoro', async () => {
    await put('model.onnx', 'tokens.txt', 'voices.bin', 'lexicon-zh.txt');
    await mkdir(join(folder, 'espeak-ng-data'));
    expect(sherpaConfiguration(folder).model).toEqual({
      kokoro: {
        model: join(folder, 'model.onnx'),
        tokens: join(folder, 'tokens.txt'),
        voices: join(folder, 'voices.bin'),
        dataDir: join(folder, 'espeak-ng-data'),
        lexicon: join(folder, 'lexicon-zh.txt'),
      },
      numThreads: 1,
      provider: 'cpu',
    });
  });

  it('takes any other for VITS', async () => {
    await put('zh_CN-huayan-medium.onnx', 'tokens.txt');
    expect(sherpaConfiguration(folder).model.vits).toEqual({
      model: join(folder, 'zh_CN-huayan-medium.onnx'),
      tokens: join(folder, 'tokens.txt'),
    });
  });

  describe('as a process', () => {
    /** A stand-in for the engine's program. `act` is given an order, and answers with `send`. */
    async function withProgram(
      act: string,
      use: (provider: SherpaProvider, clock: ManualClock) => Promise<void>,
      speaker = 0,
    ): Promise<void> {
      await put('model.onnx', 'tokens.txt');
      const path = join(folder, 'program.mjs');
      await writeFile(
        path,
        `const send = (answer) => process.send(answer); let orders = 0;
         process.on('message', (order) => { orders += 1; ${act} });`,
      );
      const clock = new ManualClock();
      const program = pathToFileURL(path);
      // Any installed package stands for sherpa-onnx: the program loads it, and this one does not.
      const provider = new SherpaProvider({ clock, folder, speaker, program, packageName: 'zod' });
      try {
        await use(provider, clock);
      } finally {
        await provider.close();
      }
    }
    const failure = (message: string): unknown =>
      expect.objectContaining({
        name: 'SpeechFailure',
        retryable: true,
        message: expect.stringContaining(message),
      });
    const loads = "if (order.wanted === 'load') send({ kind: 'loaded', speakers: 3 }); else ";
    const sine =
      'Float32Array.from({ length: 16000 }, (_, i) => 0.3 * Math.sin(i * (1 + order.speaker) / 10))';
    const speaks = `send({ kind: 'samples', samples: ${sine}, rate: 16000 });`;

    it('loads the model once, and speaks in the voice of the speaker', async () => {
      const spoken: Int16Array[] = [];
      for (const speaker of [0, 2])
        await withProgram(
          loads + speaks,
          async (provider) => {
            await provider.synthesise(request, inTime());
            const { pids } = provider;
            spoken.push(await provider.synthesise(request, inTime()));
            expect(provider.pids).toEqual(pids);
            expect(provider.voice).toContain(String(speaker));
          },
          speaker,
        );
      expect(spoken.map(({ length }) => length)).toEqual([8000, 8000]);
      expect(spoken[0]).not.toEqual(spoken[1]);
    });

    it('that has no such speaker says how many there are', async () => {
      await withProgram(
        loads + speaks,
        async (provider) => {
          await expect(provider.synthesise(request, inTime())).rejects.toEqual(
            failure('there is no speaker 3'),
          );
        },
        3,
      );
    });

    it.each([
      ['ends', 'process.exit(3);', 'ended (code 3) while it loaded the model in '],
      ['is killed', "process.kill(process.pid, 'SIGABRT');", 'ended (SIGABRT) while it loaded the model in '],
      ['hangs up', 'process.disconnect();', 'ended ('],
      ['says what is wrong', "send({ kind: 'failed', message: 'no such model' });", ': no such model'],
    ])('that %s as it loads the model is an error that says so', async (_, act, message) => {
      await withProgram(act, async (provider) => {
        await expect(provider.synthesise(request, inTime())).rejects.toEqual(failure(message));
        expect(provider.pids).toEqual([]);
      });
    });

    it('that died is started again, after a pause', async () => {
      await withProgram('process.exit(3);', async (provider, clock) => {
        await expect(provider.synthesise(request, inTime())).rejects.toEqual(failure('(code 3)'));
        await writeFile(
          join(folder, 'program.mjs'),
          `const send = (answer) => process.send(answer); process.on('message', (order) => { ${loads + speaks} });`,
        );
        await clock.advance(29_999);
        await expect(provider.synthesise(request, inTime())).rejects.toEqual(failure('after a pause'));
        await clock.advance(1);
        expect((await provider.synthesise(request, inTime())).length).toBe(8000);
      });
    });

    it('that dies while it speaks fails that text, which the message does not hold', async () => {
      await withProgram(`${loads} if (orders < 3) { ${speaks} } else process.exit(1);`, async (provider) => {
        await provider.synthesise(request, inTime());
        const error: unknown = await provider
          .synthesise(request, inTime())
          .catch((thrown: unknown) => thrown);
        expect(error).toEqual(failure('ended (code 1) while it spoke'));
        expect(String(error)).not.toContain(request.text);
      });
    });

    it('that takes too long is ended, and started again at once', async () => {
      await withProgram(`${loads} if (order.text !== '慢') ${speaks}`, async (provider) => {
        const abort = new AbortController();
        await provider.synthesise(request, inTime());
        const [pid] = provider.pids;
        const slow = provider.synthesise({ ...request, text: '慢' }, abort.signal);
        setImmediate(() => abort.abort());
        await expect(slow).rejects.toEqual(failure('took too long while it spoke'));
        expect((await provider.synthesise(request, inTime())).length).toBe(8000);
        expect(provider.pids).not.toContain(pid);
      });
    });

    it('is gone when the provider is closed', async () => {
      await withProgram(loads + speaks, async (provider) => {
        await provider.synthesise(request, inTime());
        const [pid] = provider.pids;
        await provider.close();
        expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
        await expect(provider.synthesise(request, inTime())).rejects.toMatchObject({ retryable: false });
      });
    });
  });

  describe.skipIf(!sherpaIsInstalled())('itself (skipped: sherpa-onnx-node is not installed)', () => {
    it('cannot take the platform with it when the model is rubbish', { timeout: 60_000 }, async () => {
      await writeFile(join(folder, 'model.onnx'), Buffer.alloc(50_000, 'rubbish'));
      await writeFile(join(folder, 'tokens.txt'), 'a 0\nb 1\n');
      const provider = new SherpaProvider({ clock, folder });
      await expect(provider.synthesise(request, inTime())).rejects.toMatchObject({
        name: 'SpeechFailure',
        message: expect.stringContaining(`while it loaded the model in ${folder}`),
      });
      await provider.close();
    });
  });
});
