import { describe, expect, it } from 'vitest';
import { seeded32 } from '../../test/support/rtp-packets.ts';
import { AnsweringMachineDetector, type Beep, type MachineVerdict } from './answering-machine.ts';
import { BeepDetector } from './answering-machine-beep.ts';
import { decodeG711, encodeG711 } from './g711.ts';
import { sequence, silence, tone } from './tone.ts';

/** Something like a voice: harmonics of 130 Hz in syllables of a quarter of a second. */
function talk(milliseconds: number, amplitude = 4000): Int16Array {
  return Int16Array.from({ length: milliseconds * 8 }, (_, index) => {
    const phase = (2 * Math.PI * index) / 8000;
    let sum = 0;
    for (let harmonic = 1; harmonic < 20; harmonic += 1)
      sum += Math.sin(130 * harmonic * phase + harmonic ** 2) / harmonic;
    return amplitude * sum * Math.sqrt(Math.max(0, Math.sin(4 * phase)));
  });
}

function noise(milliseconds: number, peak: number): Int16Array {
  const random = seeded32(3);
  return Int16Array.from({ length: milliseconds * 8 }, () => peak * (random() / 2 ** 31 - 1));
}

function added(one: Int16Array, other: Int16Array): Int16Array {
  return one.map((sample, index) => sample + (other[index] ?? 0));
}

function listen(
  samples: Int16Array,
  options: ConstructorParameters<typeof AnsweringMachineDetector>[0] = {},
  frame = 160,
): { verdict: MachineVerdict | undefined; beeps: Beep[] } {
  const detector = new AnsweringMachineDetector(options);
  const beeps: Beep[] = [];
  const coded = decodeG711('PCMA', encodeG711('PCMA', samples));
  for (let at = 0; at < coded.length; at += frame) {
    detector.process(coded.subarray(at, at + frame));
    const beep = detector.takeBeep();
    if (beep !== undefined) beeps.push(beep);
  }
  return { verdict: detector.verdict, beeps };
}

describe('AnsweringMachineDetector', () => {
  it.each([300, 600, 900, 1200])('takes a word of %i ms and a pause for a person', (length) => {
    const { verdict } = listen(sequence(silence(400), talk(length), silence(1500)));
    expect(verdict).toMatchObject({ verdict: 'person', reason: 'utterance' });
    expect(verdict!.confidence).toBeGreaterThan(0.65);
    expect(verdict!.after).toBeLessThanOrEqual(400 + length + 740);
  });

  it('takes speech that goes on for a machine, before it ends', () => {
    const { verdict } = listen(sequence(silence(400), talk(6000)));
    expect(verdict).toMatchObject({ verdict: 'machine', reason: 'long-speech' });
    expect(verdict!.confidence).toBeGreaterThan(0.8);
    expect(verdict!.after).toBeLessThan(3000);
  });

  it('takes the short pauses of a greeting for what they are', () => {
    const greeting = sequence(silence(300), talk(700), silence(350), talk(1000), silence(300), talk(900));
    expect(listen(greeting).verdict).toMatchObject({ verdict: 'machine', reason: 'long-speech' });
  });

  it('is the less sure the nearer a first utterance is to the length that parts them', () => {
    const sure = listen(sequence(talk(700), silence(1500))).verdict!;
    const unsure = listen(sequence(talk(1500), silence(1500))).verdict!;
    expect([sure.verdict, unsure.verdict]).toEqual(['person', 'person']);
    expect(unsure.confidence).toBeLessThan(0.65);
    expect(sure.confidence - unsure.confidence).toBeGreaterThan(0.2);
    expect(listen(sequence(talk(2000), silence(1500))).verdict).toMatchObject({ verdict: 'machine' });
  });

  it('takes a beep for a machine at once, and tells when one can begin to speak', () => {
    const { verdict, beeps } = listen(sequence(silence(500), tone([1000], 400, -18), silence(3000)));
    expect(verdict).toMatchObject({ verdict: 'machine', reason: 'beep', confidence: 0.95 });
    expect(verdict!.after).toBeLessThanOrEqual(720);
    expect(beeps).toMatchObject([{ from: 500, until: 900 }]);
    expect(beeps[0]!.frequency).toBeCloseTo(1000, -1);
  });

  it('tells of the beep long after the verdict', () => {
    const { verdict, beeps } = listen(sequence(talk(8000), silence(300), tone([1400], 300), silence(500)));
    expect(verdict?.reason).toBe('long-speech');
    expect(beeps.map(({ from, until }) => [from, until])).toEqual([[8300, 8600]]);
  });

  it.each([500, 2000, 3500])('has a verdict after %i ms whatever comes', (longest) => {
    for (const samples of [silence(6000), talk(6000), noise(6000, 3000), noise(6000, 20)]) {
      expect(listen(samples, { longest }).verdict!.after).toBeLessThanOrEqual(longest);
    }
    expect(listen(silence(6000), { longest }).verdict).toEqual({
      verdict: 'unknown',
      confidence: 0,
      after: longest,
      reason: 'silence',
    });
  });

  it('says what it can at the end of its time', () => {
    const late = listen(sequence(silence(2500), talk(500), silence(2000))).verdict;
    expect(late).toMatchObject({ verdict: 'person', reason: 'time-out', after: 3500 });
    expect(late!.confidence).toBeLessThan(0.88);
    expect(listen(sequence(silence(2800), talk(3000))).verdict).toMatchObject({
      verdict: 'unknown',
      reason: 'time-out',
    });
    expect(listen(sequence(silence(1700), talk(3000))).verdict).toMatchObject({
      verdict: 'machine',
      reason: 'time-out',
    });
  });

  it('does not take a noisy line for a voice, and hears the voice on it', () => {
    expect(listen(noise(5000, 1000)).verdict).toMatchObject({ verdict: 'unknown', reason: 'silence' });
    const inCar = added(sequence(silence(1000), talk(600, 8000), silence(3000)), noise(4600, 700));
    expect(listen(inCar).verdict).toMatchObject({ verdict: 'person' });
  });

  it('is the same in pieces of any length', () => {
    const samples = sequence(silence(400), talk(600), silence(1500));
    const whole = listen(samples).verdict;
    for (const frame of [33, 240, 1000, samples.length]) {
      const { verdict } = listen(samples, {}, frame);
      expect(verdict).toEqual(whole);
    }
  });

  it('refuses times out of range', () => {
    for (const longest of [0, 499, 30_001, Number.NaN])
      expect(() => new AnsweringMachineDetector({ longest })).toThrow(RangeError);
  });
});

describe('BeepDetector', () => {
  function beepsIn(samples: Int16Array): Beep[] {
    const detector = new BeepDetector();
    const found: Beep[] = [];
    for (let at = 0; at < samples.length; at += 160) {
      const beep = detector.process(samples.subarray(at, at + 160));
      if (beep !== undefined) found.push(beep);
    }
    return found;
  }

  it.each([400, 440, 620, 850, 1000, 1400, 1750, 2000])(
    'finds %i Hz of 150 ms, wherever it begins',
    (frequency) => {
      for (const before of [300, 303, 307]) {
        const [beep] = beepsIn(sequence(silence(before), tone([frequency], 150, -25), silence(200)));
        expect(beep?.frequency).toBeCloseTo(frequency, -1);
        expect(Math.abs(beep!.from - before)).toBeLessThanOrEqual(20);
        expect(Math.abs(beep!.until - before - 150)).toBeLessThanOrEqual(20);
      }
    },
  );

  it('finds it on a noisy line', () => {
    const beep = added(sequence(silence(300), tone([1000], 500, -18), silence(300)), noise(1100, 400));
    expect(beepsIn(beep)).toHaveLength(1);
  });

  it('finds each of several', () => {
    const beeps = Array.from({ length: 3 }, () => sequence(tone([800], 200), silence(200)));
    expect(beepsIn(sequence(...beeps)).map(({ from }) => from)).toEqual([0, 400, 800]);
  });

  it('takes nothing else for one', () => {
    expect(beepsIn(sequence(tone([1000], 100), silence(100)))).toEqual([]);
    expect(beepsIn(sequence(tone([300], 500), tone([2300], 500), silence(100)))).toEqual([]);
    expect(beepsIn(sequence(tone([697, 1209], 500), tone([440, 480], 500), silence(100)))).toEqual([]);
    expect(beepsIn(sequence(tone([1000], 4000), silence(100)))).toEqual([]);
    expect(beepsIn(sequence(talk(5000), noise(5000, 5000)))).toEqual([]);
    expect(beepsIn(sequence(tone([1000], 500, -45), silence(100)))).toEqual([]);
  });

  it('takes a siren for none: its frequency moves', () => {
    let phase = 0;
    const siren = Int16Array.from({ length: 16_000 }, (_, index) => {
      phase += (2 * Math.PI * (500 + (index % 8000) / 8)) / 8000;
      return 5000 * Math.sin(phase);
    });
    expect(beepsIn(siren)).toEqual([]);
  });
});
