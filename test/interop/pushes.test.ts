import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { type Behaviour, Receiver, type ReceivedPush } from '../support/receiver.ts';
import { expectCall } from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { hangsUp, isHungUp, refuses, rings, talks } from './phone-steps.ts';

/** What a push holds. */
interface Told {
  readonly eventType: string;
  readonly statusInfo?: Readonly<Record<string, unknown>>;
  readonly feeLst?: readonly Readonly<Record<string, unknown>>[];
}

const told = (receiver: Receiver): Told[] => receiver.bodies as Told[];

const inBase64 = (url: string): string => Buffer.from(url).toString('base64');

describeWith(sippBehindKamailio, "the customer's receiver", () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start({ flags: { feeRetryInterval: '300ms' } });
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  /** A receiver that checks form, signature and order of what it gets. */
  const receiver = async (
    { onTestFinished }: TestContext,
    behaviour?: (push: ReceivedPush) => Behaviour,
  ): Promise<Receiver> => {
    const { appKey, appSecret } = network.platform.app;
    const started = await Receiver.start({ secrets: { [appKey]: appSecret }, behaviour });
    onTestFinished(() => started.close());
    return started;
  };

  /** What a request says so that pushes go there. */
  const pushTo = (status: Receiver, fee = status): { statusUrl: string; feeUrl: string } => ({
    statusUrl: inBase64(status.url('/status')),
    feeUrl: inBase64(fee.url('/fee')),
  });

  const declining = () => network.phone([...rings(), ...refuses('603 Decline')]);
  const busy = () => network.phone([expectCall(), ...refuses('486 Busy Here')]);

  it('is told of every step in order, signed, and gets the record last', async (test) => {
    const customer = await receiver(test);
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...talks(network.tone(1_300)), ...hangsUp()]);
    const call = await network.call(a, b, {
      ...pushTo(customer),
      userData: 'order-4711',
      partyTypeRequiredInDisconnect: 'true',
    });
    await customer.received(8);

    expect(customer.faults).toEqual([]);
    expect(customer.pushes.map(({ path }) => path)).toEqual([...Array<string>(7).fill('/status'), '/fee']);
    const [numberA, numberB] = [network.numberOf(a), network.numberOf(b)];
    const statuses = told(customer).slice(0, 7);
    expect(statuses.map(({ eventType, statusInfo }) => [eventType, statusInfo?.called])).toEqual([
      ['callout', numberA],
      ['alerting', numberA],
      ['answer', numberA],
      ['callout', numberB],
      ['alerting', numberB],
      ['answer', numberB],
      ['disconnect', numberB],
    ]);
    expect(statuses.at(-1)?.statusInfo).toMatchObject({
      userData: 'order-4711',
      sessionId: call.sessionId,
      stateCode: 0,
      partyType: 'callee',
    });
    expect(told(customer).at(-1)).toEqual({ eventType: 'fee', feeLst: [call.cdr] });
  });

  it('is told why a call did not come about', async (test) => {
    const customer = await receiver(test);
    await using a = await declining();
    await network.call(a, undefined, { ...pushTo(customer), partyTypeRequiredInDisconnect: 'true' });
    await customer.received(4);

    expect(customer.faults).toEqual([]);
    expect(told(customer).map(({ eventType }) => eventType)).toEqual([
      'callout',
      'alerting',
      'disconnect',
      'fee',
    ]);
    expect(told(customer)[2]?.statusInfo).toMatchObject({ stateCode: 8004, partyType: 'caller' });
  });

  it('gets a record again that it refused, and no status', async (test) => {
    let records = 0;
    const customer = await receiver(test, ({ eventType }) => {
      if (eventType !== 'fee') return { answer: 500 };
      records += 1;
      return { answer: records === 1 ? 503 : 200 };
    });
    await using a = await busy();
    const call = await network.call(a, undefined, pushTo(customer));
    await customer.received(4);

    expect(customer.faults).toEqual([]);
    const [, , first, second] = told(customer);
    expect(told(customer).map(({ eventType }) => eventType)).toEqual(['callout', 'disconnect', 'fee', 'fee']);
    expect(first).toEqual({ eventType: 'fee', feeLst: [call.cdr] });
    expect(second).toEqual(first);
  });

  it('delays only its own pushes when it hangs', async (test) => {
    const hanging = await receiver(test, () => 'hang');
    const customer = await receiver(test);
    await using a = await busy();
    await using b = await busy();
    await Promise.all([
      network.call(a, undefined, pushTo(hanging)),
      network.call(b, undefined, pushTo(customer)),
    ]);
    await customer.received(3);

    expect(customer.faults).toEqual([]);
    await hanging.received(1);
    expect(hanging.pushes).toHaveLength(1);
  });

  it('gets the record although another receiver, for the steps, hangs', async (test) => {
    const hanging = await receiver(test, () => 'hang');
    const customer = await receiver(test);
    await using a = await busy();
    const call = await network.call(a, undefined, pushTo(hanging, customer));
    await customer.received(1);

    expect(told(customer)).toEqual([{ eventType: 'fee', feeLst: [call.cdr] }]);
  });
});
