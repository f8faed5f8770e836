import { describe, expect, it } from 'vitest';
import { type BenchStream, MediaBench } from '../../../test/support/media-bench.ts';
import { dtmfTone } from '../../audio/dtmf-tones.ts';
import { encodeG711 } from '../../audio/g711.ts';
import { repeated, sequence, silence, tone } from '../../audio/tone.ts';
import { writeTelephoneEvent } from '../../rtp/telephone-event.ts';

/** Agreed without telephone-events. */
const NO_EVENTS = {
  telephoneEvent: undefined,
  receivePayloadTypes: new Map([
    [8, 'PCMA'],
    [0, 'PCMU'],
  ] as const),
};

const dialled = (keys: string): Int16Array =>
  sequence(silence(200), ...[...keys].flatMap((key) => [dtmfTone(key, 80), silence(80)]), silence(300));

function keys(bench: MediaBench): string {
  return bench
    .toldOf('key')
    .map(({ key, source }) => `${key}${source === 'in-band' ? '' : '!'}`)
    .join('');
}

describe('keys in the audio', () => {
  it.each(['PCMA', 'PCMU'] as const)('are heard where no events were agreed on (%s)', async (codec) => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured(NO_EVENTS);
    bench.talk([{ stream, samples: dialled('37#0'), codec }]);
    expect(keys(bench)).toBe('37#0');
  });

  it('are none while events are agreed on', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.talk([{ stream, samples: dialled('37#') }]);
    expect(keys(bench)).toBe('');
    bench.configure(stream, NO_EVENTS);
    bench.talk([{ stream, samples: dialled('37#') }]);
    expect(keys(bench)).toBe('37#');
    bench.configure(stream);
    bench.talk([{ stream, samples: dialled('37#') }]);
    expect(keys(bench)).toBe('37#');
  });

  it('are heard from packets out of order', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured(NO_EVENTS);
    bench.talk([{ stream, samples: silence(400) }]);
    const samples = dialled('159');
    const straight = new MediaBench();
    const other = await straight.openConfigured(NO_EVENTS);
    straight.talk([{ stream: other, samples: silence(400) }]);
    // Each pair of packets changes places: the first of it comes 20 ms late.
    const swapped = samples.slice();
    for (let at = 0; at + 320 <= swapped.length; at += 320) {
      swapped.set(samples.subarray(at + 160, at + 320), at);
      swapped.set(samples.subarray(at, at + 160), at + 160);
    }
    straight.talk([{ stream: other, samples: swapped }]);
    expect(keys(straight)).not.toBe('159');
    bench.advance((samples.length / 160) * 20, (index) => {
      const number = index ^ 1;
      const payload = encodeG711('PCMA', samples.subarray(number * 160, number * 160 + 160));
      if (payload.length > 0)
        bench.deliver(stream, { sequence: 20 + number, timestamp: (20 + number) * 160, payload });
    });
    expect(keys(bench)).toBe('159');
  });

  it('survive a lost packet', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured(NO_EVENTS);
    const held = sequence(silence(200), dtmfTone('4', 300), silence(300));
    bench.talk([{ stream, samples: held }], (index) => index === 15);
    expect(keys(bench)).toBe('4');
  });

  it('are not listened for in a far end that is on hold', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ ...NO_EVENTS, direction: 'sendonly' });
    bench.talk([{ stream, samples: dialled('5') }]);
    expect(keys(bench)).toBe('');
  });
});

describe('keys as events', () => {
  function event(bench: MediaBench, stream: BenchStream, number: number, payloadType: number): void {
    const payload = new Uint8Array(4);
    writeTelephoneEvent(payload, 0, { event: number, end: false, volume: 10, duration: 160 });
    bench.deliver(stream, { payloadType, payload, timestamp: number * 5000, marker: true });
  }

  it('are heard under the number agreed on, and under the one that the far end takes them at', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ telephoneEvent: { send: 96, receive: 101 } });
    event(bench, stream, 1, 101);
    event(bench, stream, 2, 96);
    event(bench, stream, 3, 97);
    expect(keys(bench)).toBe('1!2!');
  });

  it('do not take the place of audio that has the number', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured({ telephoneEvent: { send: 8, receive: 101 } });
    event(bench, stream, 1, 8);
    expect(keys(bench)).toBe('');
  });

  it('during a hold are not told, and a key that began in it is not told after it', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.configure(stream, { direction: 'sendonly' });
    event(bench, stream, 1, 101);
    bench.configure(stream);
    event(bench, stream, 1, 101);
    event(bench, stream, 2, 101);
    expect(keys(bench)).toBe('2!');
  });
});

describe('an answering machine', () => {
  /** Syllables of an eighth of a second, as long apart. */
  const voice = (milliseconds: number): Int16Array =>
    repeated(sequence(tone([300, 1300, 2300], 125, -20), silence(125)), milliseconds);

  async function watch(
    samples: Int16Array,
    beepsFor = 60_000,
  ): Promise<{ bench: MediaBench; begun: number }> {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.talk([{ stream, samples: silence(300) }]);
    const begun = bench.now;
    bench.worker.receive({ kind: 'watchForMachine', stream: stream.id, longest: undefined, beepsFor });
    bench.talk([{ stream, samples }]);
    return { bench, begun };
  }

  it('is told from a person', async () => {
    const { bench } = await watch(sequence(silence(500), voice(600), silence(4000)));
    expect(bench.toldOf('machineVerdict')).toMatchObject([{ verdict: { verdict: 'person' } }]);
    expect(bench.toldOf('beep')).toEqual([]);
  });

  it('is told by its speech, and its beep when that has ended', async () => {
    const greeting = sequence(silence(500), voice(5000), tone([1000], 400), silence(1000));
    const { bench, begun } = await watch(greeting);
    expect(bench.toldOf('machineVerdict')).toMatchObject([{ verdict: { verdict: 'machine' } }]);
    const [told] = bench.toldOf('beep');
    expect(told!.beep.milliseconds).toBeCloseTo(400, -2);
    expect(told!.beep.frequency).toBeCloseTo(1000, -1);
    // What is listened in on is delayed by its buffer, 60 ms.
    expect(told!.beep.at - begun - 5900).toBeGreaterThanOrEqual(0);
    expect(told!.beep.at - begun - 5900).toBeLessThanOrEqual(120);
  });

  it('is watched for once, and beeps for as long as asked', async () => {
    const beeps = sequence(...Array.from({ length: 4 }, () => sequence(tone([1000], 300), silence(2000))));
    const { bench } = await watch(beeps, 3000);
    expect(bench.toldOf('machineVerdict')).toHaveLength(1);
    expect(bench.toldOf('beep')).toHaveLength(2);
  });

  it('gets a verdict in time though nothing is received', async () => {
    const bench = new MediaBench();
    const stream = await bench.openConfigured();
    bench.worker.receive({ kind: 'watchForMachine', stream: stream.id, longest: 1000, beepsFor: 0 });
    bench.advance(1040);
    expect(bench.toldOf('machineVerdict')).toMatchObject([{ verdict: { verdict: 'unknown', after: 1000 } }]);
  });
});
