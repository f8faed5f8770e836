import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Phones, startPhones } from '../../src/phones/start-phones.ts';
import { eventually, freePort } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

const busy = '+8613500000010';
const talker = '+8613500000001';
/** Ports for a pair a call, though pairs rest for a while after each. */
const mediaPorts = 800;
/** Megabytes of heap that two hundred calls may leave behind, statistics and compiled code included. */
const heapGrowth = 15;

let phones: Phones;
let platform: TestPlatform;
const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);

beforeAll(async () => {
  process.on('warning', onWarning);
  phones = await startPhones({ host: '127.0.0.1', onProblem: onWarning });
  const rtp = await freePort('127.0.0.1', mediaPorts);
  platform = await TestPlatform.start(
    {
      // Over TCP no transaction waits for repetitions (RFC 3261 17), except for forked answers.
      trunk: `sip:127.0.0.1:${phones.address.port};transport=tcp`,
      rtp: `127.0.0.1:${rtp}-${rtp + mediaPorts - 1}`,
    },
    { ports: 200 },
  );
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await phones.close();
  process.off('warning', onWarning);
});

/** So many calls from their order to their record, ten at a time. */
async function calls(count: number, order: object): Promise<void> {
  for (let left = count; left > 0; left -= 10) {
    const batch = Array.from({ length: Math.min(10, left) }, () => platform.accepted(order));
    const sessions = await Promise.all(batch);
    await Promise.all(sessions.map((sessionId) => platform.ended(sessionId)));
  }
}

const load = (kind: string): Promise<number | undefined> =>
  platform.metric(`openvoicecall_sip_load{kind="${kind}"}`);

/** Our own requests keep connections open, as many as there were at once. */
const tolerated: Readonly<Record<string, number>> = { TCPSocketWrap: 50 };

/** Sockets, timers and the like, by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMegabytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 1_048_576;
}

describe('two hundred calls', { timeout: 120_000 }, () => {
  it('leave nothing behind', async () => {
    await calls(50, { callerNbr: busy });
    const [resourcesBefore, heapBefore] = [resources(), heapMegabytes()];
    await calls(200, { callerNbr: busy });

    for (const name of ['openvoicecall_media_streams', 'openvoicecall_calls_running'])
      expect(await platform.metric(name)).toBe(0);
    for (const kind of ['dialogs', 'requests', 'invitations', 'timers', 'transactions'])
      await eventually(async () => (await load(kind)) === 0, `no ${kind} are left`);
    expect(heapMegabytes() - heapBefore).toBeLessThan(heapGrowth);
    const grown = (): string[] =>
      Object.entries(resources())
        .filter(([kind, count]) => count > (resourcesBefore[kind] ?? 0) + (tolerated[kind] ?? 5))
        .map(([kind, count]) => `${resourcesBefore[kind]} to ${count} ${kind}`);
    await expect.poll(grown, { timeout: 10_000 }).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it.concurrent('with answers keep only the transactions that wait for forked ones', async () => {
    await calls(50, { callerNbr: talker, calleeNbr: busy });
    expect(await platform.metric('openvoicecall_media_streams')).toBe(0);
    for (const kind of ['dialogs', 'invitations'])
      await eventually(async () => (await load(kind)) === 0, `no ${kind} are left`);
    // Timer M of RFC 6026: one INVITE for each leg that was answered.
    for (const kind of ['transactions', 'requests'])
      await eventually(async () => Number(await load(kind)) <= 50, `no ${kind} but the INVITEs are left`);
    expect(warnings).toEqual([]);
  });

  it.concurrent('give their ports back', async () => {
    const rtp = await freePort('127.0.0.1', 4);
    await using small = await TestPlatform.start({ rtp: `127.0.0.1:${rtp}-${rtp + 3}` });
    const order = { callerNbr: busy };
    const taken = await Promise.all([small.accepted(order), small.accepted(order)]);
    for (const sessionId of taken)
      expect((await small.ended(sessionId)).cdr).toMatchObject({ ulFailReason: 8108 });
    // The two pairs rest for five seconds before the next call gets one.
    await eventually(async () => {
      const { cdr } = await small.ended(await small.accepted(order));
      return cdr.ulFailReason === 8108;
    }, 'a call has media again');
  });
});
