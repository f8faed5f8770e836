import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/peer-process.ts';
import { expectCall, expectRequest, pause, respond, Sipp } from '../support/sipp.ts';
import { describeWith, Network, platformBehind, sippBehindKamailio, story } from './network.ts';
import { answers, hangsUp, isCancelled, isHungUp, rings, talks } from './phone-steps.ts';

const stopped = { ulFailReason: 8017 };

describeWith(sippBehindKamailio, 'the end of calls', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start();
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  it('callStop while A rings', async () => {
    await using a = await network.phone([...rings(), ...isCancelled()]);
    const sessionId = await network.dial(a);
    await network.platform.until(sessionId, 'alerting', 'A');
    expect((await network.platform.stop(sessionId)).body.resultcode).toBe('0');
    const call = await network.ended(sessionId, a);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'disconnect A']);
    expect(call.events.at(-1)?.stateCode).toBe(8017);
    expect(call.cdr).toMatchObject({ ...stopped, sipStatusCode: 487, callOutUnaswRsn: 16 });
  });

  it('callStop while A hears the transfer prompt', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    const sessionId = await network.dial(a, undefined, { playPreVoice: 'true' });
    await network.platform.until(sessionId, 'answer', 'A');
    await network.platform.stop(sessionId);
    const call = await network.ended(sessionId, a);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'answer A', 'disconnect A']);
    expect(call.cdr).toMatchObject({ ...stopped, sipStatusCode: 0 });
  });

  it('callStop while B rings', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...rings(), ...isCancelled()]);
    const sessionId = await network.dial(a, b);
    await network.platform.until(sessionId, 'alerting', 'B');
    await network.platform.stop(sessionId);
    const call = await network.ended(sessionId, a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'disconnect A']);
    expect(call.cdr).toMatchObject({ ...stopped, sipStatusCode: 487, fwdUnaswRsn: 16 });
  });

  it('callStop while they talk', async () => {
    await using a = await network.phone([
      ...talks(network.tone(500)),
      ...isHungUp({ Reason: 'Q.850;cause=31' }),
    ]);
    await using b = await network.phone([
      ...talks(network.tone(1_300)),
      ...isHungUp({ Reason: 'Q.850;cause=31' }),
    ]);
    const sessionId = await network.dial(a, b);
    await network.platform.until(sessionId, 'answer', 'B');
    await network.talkTo(b, 400);
    await network.platform.stop(sessionId);
    const call = await network.ended(sessionId, a, b);
    expect(call.cdr).toMatchObject({ ...stopped, sipStatusCode: 0, fwdUnaswRsn: 0, callOutUnaswRsn: 0 });
    expect(call.cdr.fwdAnswerTime).toBeTypeOf('string');
  });

  it('callStop that crosses the answer: what was answered is hung up', async () => {
    await using a = await network.phone([
      ...rings(),
      expectRequest('CANCEL'),
      respond('200 OK'),
      ...answers(),
      ...isHungUp(),
    ]);
    const sessionId = await network.dial(a);
    await network.platform.until(sessionId, 'alerting', 'A');
    await network.platform.stop(sessionId);
    const call = await network.ended(sessionId, a);
    expect(story(call)).toEqual(['callout A', 'alerting A', 'disconnect A']);
    expect(call.cdr).toMatchObject(stopped);
    expect(call.cdr).not.toHaveProperty('callOutAnswerTime');
  });

  it('A hangs up before B rings', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...hangsUp()]);
    await using b = await network.phone([expectCall(), respond('100 Trying'), ...isCancelled()]);
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'disconnect A']);
    expect(call.events.at(-1)?.stateCode).toBe(8009);
    expect(call.cdr).toMatchObject({ ulFailReason: 553, sipStatusCode: 487, fwdUnaswRsn: 16 });
  });

  it('A hangs up while B rings', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...hangsUp()]);
    await using b = await network.phone([...rings(), ...isCancelled()]);
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual(['callout B', 'alerting B', 'disconnect A']);
    expect(call.events.at(-1)?.stateCode).toBe(8009);
    expect(call.cdr).toMatchObject({ ulFailReason: 552, sipStatusCode: 487, fwdUnaswRsn: 16 });
  });

  it.each(['A', 'B'] as const)('%s hangs up while they talk', async (party) => {
    const ends = (who: string) => (who === party ? hangsUp() : isHungUp({ Reason: 'Q.850;cause=16' }));
    await using a = await network.phone([...talks(network.tone(500)), ...ends('A')]);
    await using b = await network.phone([...talks(network.tone(1_300)), ...ends('B')]);
    const sessionId = await network.dial(a, b);
    const call = await network.ended(sessionId, a, b);
    expect(story(call).at(-1)).toBe(`disconnect ${party}`);
    expect(call.events.at(-1)?.stateCode).toBe(0);
    expect(call.cdr).toMatchObject({ ulFailReason: 0, sipStatusCode: 0, fwdUnaswRsn: 0, callOutUnaswRsn: 0 });
  });
});

describeWith(['sipp'], 'callStop before the trunk said anything', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());

  it.each(['UDP', 'TCP'] as const)(
    'over %s, the CANCEL waits for a provisional response',
    async (transport) => {
      await using trunk = await Sipp.start({
        directory: directory.path,
        name: `late-${transport}`,
        transport,
        steps: [
          expectCall(),
          pause(1_000),
          respond('180 Ringing'),
          ...isCancelled({ Reason: 'Q.850;cause=31' }),
        ],
      });
      await using platform = await platformBehind(trunk);
      const sessionId = await platform.accepted();
      await platform.until(sessionId, 'callout', 'A');
      await platform.stop(sessionId);
      const [call] = await Promise.all([platform.ended(sessionId), trunk.succeeded()]);
      expect(story(call)).toEqual(['callout A', 'disconnect A']);
      expect(call.cdr).toMatchObject({ ...stopped, sipStatusCode: 487 });
    },
  );
});
