import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionFlood, UdpFlood } from '../support/flood.ts';
import { eventually } from '../support/peer-process.ts';
import { heardBy } from '../support/phone-recording.ts';
import { numbers } from '../support/platform-client.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { SeededRandom } from '../virtual-network/seeded-random.ts';

const CALLS = 20;
const DATAGRAMS = 20_000;
/** Megabytes of memory that a flood may leave behind. */
const FORGIVEN = 80;
/** What a stranger of ours is read: at `--stranger-rate 5`, 25 at once, all together 200 and then 100 a second. */
const RATE = 5;

let platform: ServedPlatform;
let sessions: string[];
let memoryBefore: number;

const refused = async (reason: string): Promise<number> =>
  (await platform.metric(`openvoicecall_sip_refusals_total{reason="${reason}"}`)) ?? 0;
const memory = async (): Promise<number> =>
  ((await platform.metric('process_resident_memory_bytes')) ?? 0) / 1_048_576;
const target = () => ({ host: '127.0.0.1', sipPort: platform.sipPort, mediaPorts: platform.mediaPorts });

beforeAll(async () => {
  platform = await ServedPlatform.start({ flags: ['--stranger-rate', String(RATE)] });
  sessions = await Promise.all(Array.from({ length: CALLS }, () => platform.accepted()));
  await Promise.all(sessions.map((session) => platform.until(session, 'answer', 'B')));
  memoryBefore = await memory();
}, 60_000);
afterAll(() => platform[Symbol.asyncDispose]());

describe('while people talk', { timeout: 120_000 }, () => {
  it('a flood of INVITE, REGISTER, OPTIONS, garbage and RTP is dropped unread, and calls go on and come up', async () => {
    const flood = await UdpFlood.open(target(), new SeededRandom(4), 8);
    const answered = eventually(async () => {
      // Of all that strangers send, the few that are read are answered: 405 and 403, or not, being garbage.
      return (await refused('refused INVITE')) > 0 && (await refused('refused REGISTER')) > 0;
    }, 'some of it is read');
    const flooding = flood.send(DATAGRAMS);
    const another = platform.accepted().then(async (session) => {
      await platform.until(session, 'answer', 'B');
      return session;
    });
    await Promise.all([flooding, answered]);
    sessions.push(await another);
    flood.close();
    // Once this grows no more, the kernel's buffer is empty.
    await eventually(async () => {
      const before = await refused('flooded');
      return before > flood.signalling / 10 && before === (await refused('flooded'));
    }, 'what was over the rate is counted');
    const read = (await refused('refused INVITE')) + (await refused('refused REGISTER'));
    expect(read).toBeLessThan(flood.signalling / 4);
    expect(await platform.metric('openvoicecall_calls_running')).toBe(CALLS + 1);
  });

  it('a flood of connections that are used up in every way is turned away, and nobody else is', async () => {
    const sockets = await connectionFlood(target(), 400);
    await eventually(async () => (await refused('floodedConnection')) > 0, 'connections are turned away');
    expect((await fetch(`${platform.access.http}/healthz`)).status).toBe(200);
    const session = await platform.accepted();
    await platform.until(session, 'answer', 'B');
    sessions.push(session);
    for (const socket of sockets) socket.destroy();
  });
});

describe('afterwards', { timeout: 120_000 }, () => {
  it('every call is as it was, has been heard by both, and ends as it should', async () => {
    expect(await platform.metric('openvoicecall_calls_running')).toBe(CALLS + 2);
    expect(await platform.metric('openvoicecall_sip_load{kind="dialogs"}')).toBe(2 * (CALLS + 2));
    for (const session of sessions) {
      expect((await platform.stop(session)).body).toMatchObject({ resultcode: '0' });
    }
    const ended = await Promise.all(sessions.map((session) => platform.ended(session)));
    for (const { cdr } of ended) expect(cdr).toMatchObject({ ulFailReason: 8017 });
    for (const session of sessions.slice(0, 3)) {
      expect((await heardBy(platform, session, 'A')).hearsVoice(numbers.b)).toBe(true);
      expect((await heardBy(platform, session, 'B')).hearsVoice(numbers.a)).toBe(true);
    }
  });

  it('nothing is left', async () => {
    expect(await platform.metric('openvoicecall_media_streams')).toBe(0);
    expect(await platform.metric('openvoicecall_sip_load{kind="dialogs"}')).toBe(0);
    expect((await memory()) - memoryBefore).toBeLessThan(FORGIVEN);
    expect(platform.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
