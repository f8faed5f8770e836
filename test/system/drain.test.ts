import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/peer-process.ts';
import { storyOf } from '../support/platform-client.ts';
import { RawTrunk } from '../support/raw-trunk.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const leaver = '+8613500000015';
const neverAnswers = '+8613500000011';
/** ms: two signals that are closer count as one keystroke. */
const ONE_KEYSTROKE = 500;

const stopping = (platform: ServedPlatform): Promise<unknown> =>
  eventually(() => platform.process.stderr.includes('Stopping'), 'the platform is stopping');

/** A call in which both talk. */
async function talking(platform: ServedPlatform, body: object = {}): Promise<string> {
  const sessionId = await platform.accepted(body);
  await platform.until(sessionId, 'answer', 'B');
  return sessionId;
}

describe('SIGTERM', { concurrent: true, timeout: 120_000 }, () => {
  it('lets a running call come to its own end, refuses new ones meanwhile, and exits 0', async () => {
    await using platform = await ServedPlatform.start();
    const sessionId = await talking(platform, { calleeNbr: leaver });
    const exited = platform.terminated();
    await stopping(platform);
    expect((await platform.click2Call()).body).toMatchObject({ resultcode: '1010010', sessionId: '' });
    expect((await fetch(`${platform.access.http}/healthz`)).status).toBe(200);
    expect(await exited).toMatchObject({ code: 0 });
    await using next = await platform.restarted();
    expect((await next.call(sessionId)).cdr).toMatchObject({ ulFailReason: 0, sipStatusCode: 0 });
  });

  it('lets a call that begins go through all its steps', async () => {
    await using platform = await ServedPlatform.start();
    const sessionId = await platform.accepted({ calleeNbr: '+8613500000010' });
    const { code } = await platform.terminated();
    expect(code).toBe(0);
    await using next = await platform.restarted();
    const { events } = await next.call(sessionId);
    expect(storyOf(events).join(', ')).toBe('callout A, alerting A, answer A, callout B, disconnect B');
  });

  it('waits no longer than --drain-seconds', async () => {
    await using platform = await ServedPlatform.start({ flags: ['--drain-seconds', '1'] });
    const sessions = await Promise.all([talking(platform), platform.accepted({ callerNbr: neverAnswers })]);
    const began = performance.now();
    const { code } = await platform.terminated();
    expect(code).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(900);
    await using next = await platform.restarted();
    expect(next.logged.join('\n')).not.toContain('crash');
    for (const sessionId of sessions) {
      const { state, events, cdr } = await next.call(sessionId);
      expect(state).toBe('ended');
      expect(events.at(-1)).toMatchObject({ type: 'disconnect', stateCode: 8020 });
      expect(cdr).toMatchObject({ ulFailReason: 8020 });
    }
  });

  it('twice ends the call at once, with BYE to both phones, even if their first copies are lost', async () => {
    const byes: string[] = [];
    using trunk = await RawTrunk.start((request, self) => {
      if (request.method === 'INVITE') return [self.answer(request)];
      if (request.method !== 'BYE') return [];
      byes.push(request.callId);
      const isFirst = byes.indexOf(request.callId) === byes.length - 1;
      return isFirst ? [] : [self.respond(request, 200)];
    });
    await using receiver = await Receiver.start();
    const flags = ['--trunk', `sip:127.0.0.1:${trunk.port}`];
    await using platform = await ServedPlatform.start({ flags });
    const feeUrl = Buffer.from(receiver.url('/fee')).toString('base64');
    const sessionId = await talking(platform, { feeUrl });
    platform.process.signal('SIGTERM');
    await stopping(platform);
    // Until it counts as a second one.
    await eventually(() => {
      platform.process.signal('SIGTERM');
      return byes.length > 0;
    }, 'the call is hung up');
    expect(await platform.process.exited()).toMatchObject({ code: 0 });
    expect([byes.length, new Set(byes).size]).toEqual([4, 2]);
    await using next = await platform.restarted();
    const { state, cdr } = await next.call(sessionId);
    expect({ state, cdr }).toMatchObject({ state: 'ended', cdr: { ulFailReason: 8020 } });
    // By the platform that stopped, or where it had no time left by the next one.
    await eventually(() => receiver.pushes.length > 0, 'the record is pushed');
    expect(receiver.bodies).toEqual([
      { eventType: 'fee', feeLst: [expect.objectContaining({ sessionId, ulFailReason: 8020 })] },
    ]);
  });

  it('within the same keystroke counts once', async () => {
    await using platform = await ServedPlatform.start();
    const sessionId = await talking(platform, { calleeNbr: leaver });
    const began = performance.now();
    platform.process.signal('SIGINT');
    const exited = platform.terminated();
    // On a machine too busy to send both in time they are two.
    if (performance.now() - began > ONE_KEYSTROKE / 2) return;
    expect(await exited).toMatchObject({ code: 0 });
    await using next = await platform.restarted();
    expect((await next.call(sessionId)).cdr).toMatchObject({ ulFailReason: 0 });
  });

  it('does not wait for clients that say nothing, or half of something', async () => {
    await using platform = await ServedPlatform.start();
    const { port } = new URL(platform.access.http);
    const sockets = [
      '',
      'GET /healthz HTTP/1.1\r\nHost: x\r\n',
      'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n',
    ];
    for (const text of sockets) {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
      await once(socket, 'connect');
      socket.write(text);
    }
    const events = fetch(`${platform.access.http}/events?token=${platform.access.token}`);
    expect((await events).status).toBe(200);
    // Nobody else ends these connections: a platform that waited for them would never be done.
    expect(await platform.terminated()).toMatchObject({ code: 0 });
  });
});
