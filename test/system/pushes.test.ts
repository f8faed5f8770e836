import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EndedCall, PlatformClient } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { eventually } from '../support/peer-process.ts';
import { type Behaviour, Receiver, type ReceivedPush, type SignatureForm } from '../support/receiver.ts';

const busy = '+8613500000010';
const leaver = '+8613500000015';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let platform: TestPlatform;
/** Repeats what was not taken, soon and twice, and lets records wait for company. */
let repeating: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start();
  repeating = await TestPlatform.start({
    feeRetryInterval: '100ms',
    feeRetries: '2',
    feeGatheringWindow: '1s',
  });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await repeating[Symbol.asyncDispose]();
});

const startReceiver = (behaviour?: (push: ReceivedPush) => Behaviour): Promise<Receiver> =>
  Receiver.start({ behaviour });

/** Where a request wants its pushes. */
const to = (status: Receiver | undefined, fee: Receiver | undefined): object => ({
  ...(status && { statusUrl: base64(status.url('/status')) }),
  ...(fee && { feeUrl: base64(fee.url('/fee')) }),
});

/** The call, once every push of it is settled or waits for its next attempt. */
function pushed(platform: PlatformClient, { sessionId }: EndedCall): Promise<EndedCall> {
  return eventually(async () => {
    const call = (await platform.call(sessionId)) as EndedCall;
    return call.pushes.every(({ deliveries }) => deliveries.length > 0) && call;
  }, 'every push was tried');
}

const eventTypes = ({ pushes }: Receiver): string[] => pushes.map(({ eventType }) => eventType);
const states = ({ pushes }: EndedCall): string[] => pushes.map(({ state }) => state);

interface FeePush {
  readonly feeLst: readonly { readonly sessionId: string; readonly icid: string }[];
}
const feesOf = ({ text }: ReceivedPush): FeePush['feeLst'] => (JSON.parse(text) as FeePush).feeLst;

describe('pushes', { concurrent: true, timeout: 120_000 }, () => {
  it.each([
    ['newline', '+8675528000011'],
    ['concatenated', '+8675528000012'],
    ['none', '+8675528000013'],
  ] as const)(
    'tell a whole call in order, signed in the form "%s", its record last and once',
    async (signature: SignatureForm, display) => {
      const secrets: Record<string, string> = {};
      await using customer = await Receiver.start({ secrets, signature });
      const wanted = {
        pushSignature: signature,
        statusUrl: customer.url('/s?a=1'),
        feeUrl: customer.url('/f'),
      };
      const app = await PlatformClient.createApp(platform.access, wanted, [display]);
      secrets[app.appKey] = app.appSecret;
      const shown = { displayNbr: display, displayCalleeNbr: display };
      const order = { ...shown, calleeNbr: leaver, userData: 'order 17' };
      const sessionId = await new PlatformClient(platform.access, app).accepted(order);
      const call = await pushed(platform, await platform.ended(sessionId));
      const leg = ['callout', 'alerting', 'answer'];
      expect(eventTypes(customer)).toEqual([...leg, ...leg, 'disconnect', 'fee']);
      expect(customer.faults).toEqual([]);
      expect(customer.pushes.map(({ path }) => path)).toEqual([...Array<string>(7).fill('/s?a=1'), '/f']);
      expect(customer.bodies[0]).toMatchObject({ statusInfo: { sessionId, userData: 'order 17' } });
      expect(customer.bodies.at(-1)).toEqual({ eventType: 'fee', feeLst: [call.cdr] });
      expect(new Set(states(call))).toEqual(new Set(['delivered']));
    },
  );

  it('begin after the answer of the API', async () => {
    await using customer = await startReceiver();
    for (let time = 0; time < 5; time += 1) {
      const seen = customer.pushes.length;
      const sessionId = await platform.accepted({ callerNbr: busy, ...to(customer, undefined) });
      expect(customer.pushes.length).toBe(seen);
      await pushed(platform, await platform.ended(sessionId));
    }
    expect(customer.pushes.length).toBe(10);
  });

  it('wait for nobody but their own receiver', async () => {
    const release = Promise.withResolvers<void>();
    await using hanging = await startReceiver(() => ({ answer: 200, when: release.promise }));
    await using failing = await startReceiver(() => ({ answer: 500 }));
    await using closing = await startReceiver(() => 'close');
    await using good = await startReceiver();
    const place = async (customer: Receiver): Promise<EndedCall> =>
      platform.ended(await platform.accepted({ calleeNbr: busy, ...to(customer, customer) }));
    const [stuck, failed, closed, fine] = await Promise.all(
      [hanging, failing, closing, good].map((customer) => place(customer)),
    );

    const whole = ['callout', 'alerting', 'answer', 'callout', 'disconnect', 'fee'];
    expect(states(await pushed(platform, fine!))).toEqual(whole.map(() => 'delivered'));
    // Each event was told to them once; the record is kept for its next attempt.
    for (const call of [failed!, closed!]) {
      expect(states(await pushed(platform, call))).toEqual([...Array<string>(5).fill('failed'), 'pending']);
    }
    for (const customer of [good, failing, closing]) {
      expect(eventTypes(customer)).toEqual(whole);
      expect(customer.faults).toEqual([]);
    }
    expect(eventTypes(hanging)).toEqual(['callout']);
    release.resolve();
    expect(states(await pushed(platform, stuck!))).toEqual(whole.map(() => 'delivered'));
    expect(eventTypes(hanging)).toEqual(whole);
    expect(hanging.faults).toEqual([]);
  });

  it('let the record go ahead to another receiver when the status receiver keeps silent', async () => {
    await using silent = await startReceiver(() => 'hang');
    await using accounting = await startReceiver();
    await platform.ended(await platform.accepted({ callerNbr: busy, ...to(silent, accounting) }));
    const [record] = await accounting.received(1);
    expect(record?.eventType).toBe('fee');
    expect(silent.pushes).toHaveLength(1);
  });

  it('repeat a record with the same icid until it is taken', async () => {
    await using customer = await startReceiver(({ count }) => ({ answer: count < 3 ? 500 : 200 }));
    const { sessionId } = await repeating.ended(
      await repeating.accepted({ callerNbr: busy, ...to(undefined, customer) }),
    );
    const attempts = await customer.received(3);
    expect(new Set(attempts.map(({ text }) => text)).size).toBe(1);
    const delivered = await eventually(async () => {
      const { pushes, cdr } = await repeating.call(sessionId);
      return pushes[0]?.state === 'delivered' && { cdr, deliveries: pushes[0].deliveries };
    }, 'the record is delivered');
    expect(delivered.deliveries.map(({ httpStatus }) => httpStatus)).toEqual([500, 500, 200]);
    expect(feesOf(attempts[0]!)).toEqual([delivered.cdr]);
    expect(customer.faults).toEqual([]);
  });

  it('are given up after the last repetition, and kept', async () => {
    await using customer = await startReceiver(() => ({ answer: 404 }));
    const { sessionId } = await repeating.ended(
      await repeating.accepted({ callerNbr: busy, ...to(undefined, customer) }),
    );
    await eventually(
      async () => (await repeating.call(sessionId)).pushes[0]?.state === 'dead',
      'the record is given up',
    );
    expect(customer.pushes).toHaveLength(3);
    expect((await repeating.call(sessionId)).cdr).toMatchObject({ sessionId });
  });

  it('go to no address of our own but those that are named', async () => {
    await using customer = await startReceiver();
    await using named = await TestPlatform.start({ receiverNetworks: '127.0.0.0/30' });
    const others = customer.url('/').replace('127.0.0.1', '127.0.0.9');
    const order = { callerNbr: busy, statusUrl: base64(others), ...to(undefined, customer) };
    const call = await pushed(named, await named.ended(await named.accepted(order)));
    expect(call.pushes.map(({ kind, deliveries }) => [kind, deliveries[0]?.error])).toEqual([
      ['status', expect.stringContaining('its own is not allowed')],
      ['status', expect.stringContaining('its own is not allowed')],
      ['fee', undefined],
    ]);
    expect(eventTypes(customer)).toEqual(['fee']);
  });

  it('share a POST when calls end together', async () => {
    await using customer = await startReceiver();
    const order = { callerNbr: busy, ...to(undefined, customer) };
    const placed = await Promise.all(Array.from({ length: 8 }, () => repeating.accepted(order)));
    const [push] = await customer.received(1);
    expect(new Set(feesOf(push!).map(({ sessionId }) => sessionId))).toEqual(new Set(placed));
    expect(new Set(feesOf(push!).map(({ icid }) => icid)).size).toBe(8);
    expect(customer.faults).toEqual([]);
  });
});
