import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { Resolver } from './resolver.ts';

const V4: LookupAddress = { address: '192.0.2.1', family: 4 };
const V6: LookupAddress = { address: '2001:db8::1', family: 6 };

/** A name server whose answers a test gives. */
class Questions {
  readonly open: { readonly name: string; answer(...addresses: LookupAddress[]): void; fail(): void }[] = [];
  readonly asked: string[] = [];

  readonly ask = (
    name: string,
    callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
  ): void => {
    this.asked.push(name);
    this.open.push({
      name,
      answer: (...addresses) => callback(null, addresses),
      fail: () => callback(Object.assign(new Error('queryA ETIMEOUT'), { code: 'ETIMEOUT' }), []),
    });
  };
}

function world(): {
  questions: Questions;
  clock: ManualClock;
  find: (name: string, family?: number) => Promise<string>;
} {
  const [questions, clock] = [new Questions(), new ManualClock()];
  const resolver = new Resolver(clock, questions.ask);
  const find = (name: string, family = 0): Promise<string> =>
    new Promise((resolve, reject) => {
      resolver.lookup(name, { all: true, family }, (error, found) => {
        if (error) reject(error);
        else resolve((found as LookupAddress[]).map(({ address }) => address).join(' '));
      });
    });
  return { questions, clock, find };
}

describe('names of receivers', () => {
  it('are asked for once by all who want them at the same time', async () => {
    const { questions, find } = world();
    const answers = [find('one.example'), find('ONE.example'), find('one.example', 4)];
    expect(questions.asked).toEqual(['one.example']);
    questions.open[0]?.answer(V6, V4);
    expect(await Promise.all(answers)).toEqual([
      '2001:db8::1 192.0.2.1',
      '2001:db8::1 192.0.2.1',
      '192.0.2.1',
    ]);
  });

  it('are asked for again after ten seconds, and nobody waits for that', async () => {
    const { questions, clock, find } = world();
    const first = find('one.example');
    questions.open[0]?.answer(V4);
    await first;
    clock.leap(9_999);
    await find('one.example');
    expect(questions.asked).toHaveLength(1);
    clock.leap(1);
    expect(await find('one.example')).toBe('192.0.2.1');
    expect(questions.asked).toHaveLength(2);
    questions.open[1]?.answer(V6);
    await settle();
    expect(await find('one.example')).toBe('2001:db8::1');
  });

  it('keep their last addresses for an hour where nobody knows them any more', async () => {
    const { questions, clock, find } = world();
    const first = find('one.example');
    questions.open[0]?.answer(V4);
    await first;
    clock.leap(3_599_999);
    expect(await find('one.example')).toBe('192.0.2.1');
    questions.open[1]?.fail();
    await settle();
    clock.leap(1);
    const late = find('one.example');
    questions.open[2]?.fail();
    await expect(late).rejects.toThrow('ETIMEOUT');
  });

  it('that nobody answers for are asked for two at a time, and keep nobody waiting who is known', async () => {
    const { questions, clock, find } = world();
    const known = find('known.example');
    questions.open[0]?.answer(V4);
    await known;
    clock.leap(10_000);
    const silent = ['a', 'b', 'c', 'd'].map((name) => find(`${name}.example`));
    expect(await find('known.example')).toBe('192.0.2.1');
    expect(questions.asked.slice(1)).toEqual(['a.example', 'b.example']);
    for (let index = 1; index <= 5; index++) {
      questions.open[index]?.answer(V6);
      await settle();
    }
    expect(await Promise.all(silent)).toEqual(Array<string>(4).fill('2001:db8::1'));
    expect(questions.asked.slice(3)).toEqual(['c.example', 'd.example', 'known.example']);
  });

  it('that do not exist fail, and are asked for anew by the next', async () => {
    const { questions, find } = world();
    const first = find('none.example');
    questions.open[0]?.fail();
    await expect(first).rejects.toThrow('ETIMEOUT');
    const second = find('none.example');
    expect(questions.asked).toHaveLength(2);
    questions.open[1]?.answer();
    await expect(second).rejects.toThrow('ENOTFOUND none.example');
  });
});
