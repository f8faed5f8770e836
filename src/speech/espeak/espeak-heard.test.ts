import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { AnsweringMachineDetector, type Beep, type MachineVerdict } from '../../audio/answering-machine.ts';
import { DtmfDetector } from '../../audio/dtmf.ts';
import { decodeG711, encodeG711 } from '../../audio/g711.ts';
import { sequence, silence, tone } from '../../audio/tone.ts';
import { EspeakProvider } from './espeak.ts';

interface Heard {
  readonly verdict: MachineVerdict['verdict'] | undefined;
  readonly beeps: readonly Beep[];
  readonly keys: string;
}

/** What the platform takes a far end for that is heard through A-law, in packets of 20 ms. */
function hear(samples: Int16Array): Heard {
  const [machine, dtmf] = [new AnsweringMachineDetector(), new DtmfDetector()];
  const beeps: Beep[] = [];
  let keys = '';
  const heard = decodeG711('PCMA', encodeG711('PCMA', samples));
  for (let at = 0; at < heard.length; at += 160) {
    const frame = heard.subarray(at, at + 160);
    machine.process(frame);
    keys += dtmf.process(frame);
    const beep = machine.takeBeep();
    if (beep !== undefined) beeps.push(beep);
  }
  return { verdict: machine.verdict?.verdict, beeps, keys };
}

/** People as they take a call. */
const hellos = [
  '喂',
  '喂,您好',
  '您好',
  '喂,哪位',
  '请说',
  '喂?喂?',
  'Hello?',
  'Yes?',
  'Good morning.',
  'Hi, Anna.',
];

const greetings = [
  '您好,您拨打的电话暂时无人接听,请在提示音后留言',
  '您好,我现在不方便接听电话,请在滴声之后留下您的姓名和电话,我会尽快给您回电',
  '对不起,您所拨打的用户暂时无法接通,请稍后再拨',
  '这里是语音信箱,请在听到提示音后留言',
  '您好,欢迎致电客户服务中心,现在是非工作时间,请在提示音后留言',
  'Hi, you have reached Anna. I cannot take your call right now. Please leave a message after the beep.',
  'The person you are calling is not available. Please leave a message after the tone.',
  'Hello, this is the mailbox of John Smith. Leave a message and I will call you back.',
  'You have reached the voicemail box of five five five one two three four.',
];

/** Speech of a person is not all that is heard of a call, but it is the speech that can be had anywhere: the built-in voice's. */
describe('speech is heard for what it is', { timeout: 60_000 }, () => {
  let engine: EspeakProvider;
  let seconds = 0;
  beforeAll(() => {
    engine = new EspeakProvider({ clock: new ManualClock(), processes: 1 });
  });
  afterAll(() => engine.close());

  async function spoken(text: string, speed = 0): Promise<Int16Array> {
    const request = { text, language: 'auto', speed } as const;
    const samples = await engine.synthesise(request, AbortSignal.timeout(15_000));
    seconds += samples.length / 8000;
    return samples;
  }

  it.each(hellos)('a short hello is a person, and neither key nor beep: %s', async (text) => {
    const samples = sequence(silence(400), await spoken(text), silence(3000));
    expect(hear(samples)).toEqual({ verdict: 'person', beeps: [], keys: '' });
  });

  it.each(greetings)('a greeting and a beep are a machine, and no key: %s', async (text) => {
    const greeting = await spoken(text);
    const { verdict, beeps, keys } = hear(
      sequence(silence(400), greeting, silence(500), tone([1000], 400), silence(500)),
    );
    expect([verdict, keys]).toEqual(['machine', '']);
    expect(beeps.map(({ frequency }) => Math.round(frequency / 10))).toEqual([100]);
    expect(Math.abs(beeps[0]!.from - (greeting.length / 8 + 900))).toBeLessThanOrEqual(20);
  });

  it.each([-200, 200, 500])('at speed %i there is neither key nor beep in it', async (speed) => {
    for (const text of [...greetings, '零一二三四五六七八九', 'zero one two three four five six seven'])
      expect(hear(await spoken(text, speed))).toMatchObject({ beeps: [], keys: '' });
  });

  it('was minutes long', () => {
    expect(seconds).toBeGreaterThan(120);
  });
});
