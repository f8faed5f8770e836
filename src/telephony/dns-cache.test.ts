import { describe, expect, it } from 'vitest';
import { DnsCache } from './dns-cache.ts';

/** A resolver that answers when told to, and what it was asked. */
class Resolver {
  readonly asked: string[] = [];
  readonly answers: PromiseWithResolvers<readonly string[]>[] = [];
  now = 0;
  readonly cache = new DnsCache({
    family: 4,
    clock: () => this.now,
    lifetime: 1_000,
    resolve: (host, family) => {
      this.asked.push(`${host} ${family}`);
      const answer = Promise.withResolvers<readonly string[]>();
      this.answers.push(answer);
      return answer.promise;
    },
  });
}

describe('DnsCache', () => {
  it.each(['192.0.2.1', '2001:db8::1'])('asks nobody for the address %s', (address) => {
    const { cache, asked } = new Resolver();
    expect(cache.resolve(address)).toBe(address);
    expect(asked).toEqual([]);
  });

  it('asks once for a name, however many want to know, and knows it from then on', async () => {
    const { cache, asked, answers } = new Resolver();
    const waiting = [cache.resolve('trunk.example.com'), cache.resolve('Trunk.Example.com')];
    answers[0]?.resolve(['192.0.2.7']);
    expect(await Promise.all(waiting)).toEqual(['192.0.2.7', '192.0.2.7']);
    expect(cache.resolve('trunk.example.com')).toBe('192.0.2.7');
    expect(asked).toEqual(['trunk.example.com 4']);
  });

  it('asks again when the address has aged', async () => {
    const resolver = new Resolver();
    const first = resolver.cache.resolve('trunk.example.com');
    resolver.answers[0]?.resolve(['192.0.2.7']);
    await first;
    resolver.now = 1_000;
    const second = resolver.cache.resolve('trunk.example.com');
    resolver.answers[1]?.resolve(['192.0.2.8']);
    expect(await second).toBe('192.0.2.8');
  });

  it('knows all addresses of a name, in the order of the resolver', async () => {
    const { cache, asked, answers } = new Resolver();
    const waiting = cache.addresses('trunk.example.com');
    answers[0]?.resolve(['192.0.2.8', '192.0.2.7']);
    expect(await waiting).toEqual(['192.0.2.8', '192.0.2.7']);
    expect(cache.resolve('trunk.example.com')).toBe('192.0.2.8');
    expect(await cache.addresses('TRUNK.example.com')).toEqual(['192.0.2.8', '192.0.2.7']);
    expect(await cache.addresses('192.0.2.1')).toEqual(['192.0.2.1']);
    expect(asked).toHaveLength(1);
  });

  it('takes an answer without any address for a failure', async () => {
    const { cache, answers } = new Resolver();
    const waiting = cache.resolve('trunk.example.com');
    answers[0]?.resolve([]);
    await expect(waiting).rejects.toThrow('trunk.example.com');
  });

  it('forgets a failure', async () => {
    const { cache, answers } = new Resolver();
    const first = cache.resolve('trunk.example.com');
    answers[0]?.reject(new Error('ENOTFOUND'));
    await expect(first).rejects.toThrow('ENOTFOUND');
    const second = cache.resolve('trunk.example.com');
    answers[1]?.resolve(['192.0.2.7']);
    expect(await second).toBe('192.0.2.7');
  });

  it('asks the system unless told otherwise', async () => {
    const cache = new DnsCache({ family: 4, clock: () => 0 });
    expect(await cache.resolve('localhost')).toBe('127.0.0.1');
  });
});
