import { afterAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/peer-process.ts';
import { expectCall, expectRequest, respondInDialog, Sipp, type Step } from '../support/sipp.ts';
import { describeWith, Network, platformBehind, sippBehindKamailio, story } from './network.ts';
import { answers, hangsUp, isHungUp, refuses, talks } from './phone-steps.ts';

const credentials = { trunkUser: 'ovc', trunkPassword: 'open sesame' };

describe.each([
  { challenge: 401, algorithm: 'MD5', transport: 'UDP' },
  { challenge: 401, algorithm: 'SHA-256', transport: 'TCP' },
  { challenge: 407, algorithm: 'MD5', transport: 'TCP' },
  { challenge: 407, algorithm: 'SHA-256', transport: 'UDP' },
] as const)('$challenge with $algorithm over $transport', ({ challenge, algorithm, transport }) => {
  const admission = { challenge, algorithm, password: credentials.trunkPassword };

  describeWith(sippBehindKamailio, 'a carrier (Kamailio) that wants to know who calls', () => {
    it('lets us call with the right password', async () => {
      await using network = await Network.start({ transport, admission, flags: credentials });
      await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
      await using b = await network.phone([...talks(network.tone(1_300)), ...hangsUp()]);
      const call = await network.call(a, b);
      expect(story(call).at(-1)).toBe('disconnect B');
      expect(call.cdr).toMatchObject({ ulFailReason: 0, sipStatusCode: 0 });
    });

    it('refuses us with the wrong password, and without one', async () => {
      const wrong = { ...credentials, trunkPassword: 'open barley' };
      for (const flags of [wrong, {}]) {
        await using network = await Network.start({ transport, admission, flags });
        const call = await network.platform.ended(await network.platform.accepted());
        expect(story(call)).toEqual(['callout A', 'disconnect A']);
        expect(call.events.at(-1)?.stateCode).toBe(8001);
        expect(call.cdr).toMatchObject({
          ulFailReason: challenge,
          sipStatusCode: challenge,
          callOutUnaswRsn: 21,
        });
        expect(network.platform.logged.join('\n')).not.toContain(wrong.trunkPassword);
      }
    });
  });
});

describeWith(['sipp'], 'a carrier (SIPp) with challenges of its own', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());

  const carrier = (name: string, steps: Step[]): Promise<Sipp> =>
    Sipp.start({ directory: directory.path, name, steps });

  /** A call that A takes, and that is stopped then. */
  const call = async (trunk: Sipp): Promise<void> => {
    await using platform = await platformBehind(trunk, credentials);
    const sessionId = await platform.accepted();
    await platform.until(sessionId, 'answer', 'A');
    await platform.stop(sessionId);
    await Promise.all([platform.ended(sessionId), trunk.succeeded()]);
  };

  const challenges = (nonce: string, more = ''): Step[] =>
    refuses('401 Unauthorized', {
      headers: [`WWW-Authenticate: Digest realm="carrier", nonce="${nonce}", qop="auth"${more}`],
    });

  it('a nonce that is too old is replaced', async () => {
    await using trunk = await carrier('stale', [
      expectCall(),
      ...challenges('first'),
      expectCall({ CSeq: '2 INVITE', Authorization: 'nonce="first"' }),
      ...challenges('second', ', stale=true'),
      expectCall({ CSeq: '3 INVITE', Authorization: 'nonce="second"' }),
      ...answers(),
      ...isHungUp({ Authorization: 'nonce="second"' }),
    ]);
    await call(trunk);
  });

  it('a challenge to the BYE is met', async () => {
    await using trunk = await carrier('bye', [
      expectCall(),
      ...answers(),
      expectRequest('BYE'),
      respondInDialog('407 Proxy Authentication Required', {
        headers: [
          'Proxy-Authenticate: Digest realm="carrier", nonce="x", algorithm=SHA-256, qop="auth,auth-int"',
        ],
      }),
      ...isHungUp({ 'Proxy-Authorization': 'algorithm=SHA-256.*' }),
    ]);
    await call(trunk);
  });
});
