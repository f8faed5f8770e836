import { afterAll, expect, it } from 'vitest';
import { freePort, temporaryDirectory } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { expectCall, Sipp, type SippOptions, type Step } from '../support/sipp.ts';
import { describeWith, platformBehind, story } from './network.ts';
import { answers, isHungUp, refuses, rings } from './phone-steps.ts';

describeWith(['sipp'], 'a trunk that sends us elsewhere', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());

  let sipps = 0;
  const sipp = (steps: readonly Step[], options: Partial<SippOptions> = {}): Promise<Sipp> =>
    Sipp.start({ directory: directory.path, name: `sipp-${sipps++}`, steps, ...options });

  const redirects = (...contacts: string[]): Step[] => [
    expectCall(),
    ...refuses('302 Moved Temporarily', { contact: contacts.join(', ') }),
  ];

  /** The call that fails in the end. */
  const failedCall = async (trunk: Sipp, flags: object = {}): Promise<EndedCall> => {
    await using platform = await platformBehind(trunk, flags);
    const [call] = await Promise.all([platform.ended(await platform.accepted()), trunk.succeeded()]);
    return call;
  };

  it.each([
    ['UDP', 'UDP'],
    ['TCP', 'UDP'],
    ['UDP', 'TCP'],
  ] as const)('both phones are found elsewhere, from %s to %s', async (from, to) => {
    await using phones = await sipp([...rings(), ...answers(), ...isHungUp()], { transport: to, calls: 2 });
    const contact = `<sip:moved@127.0.0.1:${phones.port};transport=${to.toLowerCase()}>`;
    await using trunk = await sipp(redirects(contact), { transport: from, calls: 2 });
    await using platform = await platformBehind(trunk);
    const sessionId = await platform.accepted();
    await platform.until(sessionId, 'answer', 'B');
    await platform.stop(sessionId);
    await Promise.all([platform.ended(sessionId), trunk.succeeded(), phones.succeeded()]);
  });

  it('the targets are tried one after the other, the best first', async () => {
    await using second = await sipp([expectCall(), ...refuses('486 Busy Here')]);
    await using first = await sipp([expectCall(), ...refuses('404 Not Found')]);
    await using trunk = await sipp(
      redirects(`<sip:x@127.0.0.1:${second.port}>;q=0.2`, `<sip:x@127.0.0.1:${first.port}>;q=0.7`),
    );
    const call = await failedCall(trunk);
    expect(call.cdr).toMatchObject({ ulFailReason: 8108, sipStatusCode: 486 });
    await Promise.all([first.succeeded(), second.succeeded()]);
  });

  it('it is not followed where the operator does not want it', async () => {
    await using trunk = await sipp(redirects(`<sip:moved@127.0.0.1:${await freePort()}>`));
    const call = await failedCall(trunk, { followRedirects: false });
    expect(story(call)).toEqual(['callout A', 'disconnect A']);
    expect(call.cdr).toMatchObject({ ulFailReason: 519, sipStatusCode: 302 });
  });

  it('a circle is left', async () => {
    const here = '<sip:here@[local_ip]:[local_port]>';
    await using trunk = await sipp([...redirects(here), ...redirects(here)]);
    expect((await failedCall(trunk)).cdr).toMatchObject({ sipStatusCode: 302 });
  });

  it('a chain without end is left after five targets', async () => {
    const places = [1, 2, 3, 4, 5, 6];
    await using trunk = await sipp(
      places.flatMap((place) => redirects(`<sip:${place}@[local_ip]:[local_port]>`)),
    );
    expect((await failedCall(trunk)).cdr).toMatchObject({ sipStatusCode: 302 });
  });
});
