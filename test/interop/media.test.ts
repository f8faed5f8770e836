import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeG711 } from '../../src/audio/g711.ts';
import { tone } from '../../src/audio/tone.ts';
import { eventually } from '../support/peer-process.ts';
import { rtpBytes } from '../support/rtp-packets.ts';
import { expectCall, expectRequest, type Sipp, type Step, stream } from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { answers, hangsUp, isHungUp, presses, rings, talks } from './phone-steps.ts';

/** How long phones talk before one hangs up, ms. */
const A_WHILE = 1_200;

/** The SSRC of somebody whom nobody asked to talk. */
const STRANGER = 0xbad;

describeWith(sippBehindKamailio, 'media between phones that differ', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start();
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  it('A knows PCMU only, B PCMA only', async () => {
    await using a = await network.phone([
      ...talks(network.tone(500, 'PCMU'), { codecs: ['PCMU'] }),
      ...isHungUp(),
    ]);
    await using b = await network.phone([...talks(network.tone(1_300)), ...hangsUp(A_WHILE)]);
    await network.call(a, b);
    const [toA, toB] = [await network.sentTo(a), await network.sentTo(b)];
    expect(toA.heard.at(-1)).toBe(1_300);
    expect([...toA.payloadTypes]).toEqual([0]);
    expect(toB.heard).toEqual([500]);
    expect([...toB.payloadTypes]).toEqual([8]);
  });

  it('A wants 30 ms in a packet, B sends 20', async () => {
    await using a = await network.phone([...talks(network.tone(500), { ptime: 30 }), ...isHungUp()]);
    await using b = await network.phone([...talks(network.tone(1_300)), ...hangsUp(A_WHILE)]);
    await network.call(a, b);
    const toA = await network.sentTo(a);
    expect(toA.heard.at(-1)).toBe(1_300);
    const lengths = toA.packets.map(({ payload }) => payload.length);
    // Up to three packets of another length pass before they are made into others.
    expect(lengths.filter((length) => length !== 240).length).toBeLessThanOrEqual(3);
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });

  it('keys pass to a phone that numbers their payload otherwise', async () => {
    await using a = await network.phone([
      ...rings(),
      ...answers({ telephoneEvent: 96 }),
      stream(network.tone(500)),
      ...isHungUp(),
    ]);
    await using b = await network.phone([
      ...rings(),
      ...answers({ port: 'media_port' }),
      ...presses('159*0#'),
      ...hangsUp(),
    ]);
    await network.call(a, b);
    const toA = await network.sentTo(a);
    expect(toA.keys).toBe('159*0#');
    expect([...toA.payloadTypes]).toEqual([8, 96]);
  });

  it('keys are kept from a phone that does not know them', async () => {
    await using a = await network.phone([
      ...rings(),
      ...answers({ telephoneEvent: null }),
      stream(network.tone(500)),
      ...isHungUp(),
    ]);
    await using b = await network.phone([
      ...rings(),
      ...answers({ port: 'media_port' }),
      ...presses('1'),
      ...hangsUp(),
    ]);
    await network.call(a, b);
    expect([...(await network.sentTo(a)).payloadTypes]).toEqual([8]);
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });

  it('media from a stranger neither reach anybody nor lead anything astray', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...talks(network.tone(1_300)), ...isHungUp()]);
    const sessionId = await network.dial(a, b);
    await network.talkTo(b, 300);
    await using stranger = new Stranger();
    const ports = [await mediaPortFor(a), await mediaPortFor(b)];
    await stranger.talkTo(ports, 900, 50);
    await network.talkTo(a, 500);
    await network.platform.stop(sessionId);
    await network.ended(sessionId, a, b);
    for (const port of ports) {
      const { packets } = await network.wire.sentTo(port);
      expect(packets.filter(({ ssrc }) => ssrc === STRANGER)).toHaveLength(50);
    }
    expect(stranger.received).toBe(0);
    expect((await network.sentTo(a)).heard.slice(-1)).toEqual([1_300]);
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });

  /** The platform's port of that phone's leg. */
  const mediaPortFor = async (phone: Sipp): Promise<number> =>
    eventually(async () => (await network.sentTo(phone)).packets.at(-1)?.sourcePort, 'the platform sends');
});

/** Somebody who sends audio where nobody asked for it. */
class Stranger implements AsyncDisposable {
  readonly #socket: Socket = createSocket('udp4');
  received = 0;

  constructor() {
    this.#socket.on('message', () => {
      this.received += 1;
    });
  }

  /** A tone, `packets` of 20 ms to each port. */
  async talkTo(ports: readonly number[], frequency: number, packets: number): Promise<void> {
    const samples = encodeG711('PCMA', tone([frequency], packets * 20));
    for (let index = 0; index < packets; index++) {
      const payload = samples.subarray(index * 160, (index + 1) * 160);
      const packet = rtpBytes({ sequence: index, timestamp: index * 160, ssrc: STRANGER, payload });
      for (const port of ports) this.#socket.send(packet, port, '127.0.0.1');
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

describeWith(sippBehindKamailio, 'phones that fall silent', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start({ flags: { mediaTimeout: '2s' } });
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const lost = { ulFailReason: 513, sipStatusCode: 0 };
  const talking = (): Step[] => [...talks(network.tone(500)), ...isHungUp()];

  it('B answers and sends nothing', async () => {
    await using a = await network.phone(talking());
    await using b = await network.phone([
      ...rings(),
      ...answers(),
      ...isHungUp({ Reason: 'Q.850;cause=102' }),
    ]);
    const call = await network.call(a, b);
    expect(call.events.at(-1)?.stateCode).toBe(8020);
    expect(call.cdr).toMatchObject(lost);
  });

  it('B vanishes', async () => {
    await using a = await network.phone(talking());
    await using b = await network.phone([
      expectCall(),
      ...answers(),
      stream(network.tone(1_300)),
      expectRequest('BYE'),
    ]);
    const sessionId = await network.dial(a, b);
    await network.talkTo(a, 300);
    b.signal('SIGKILL');
    const call = await network.ended(sessionId, a);
    expect(call.events.at(-1)?.stateCode).toBe(8020);
    expect(call.cdr).toMatchObject(lost);
  });

  it('a phone on hold may be silent', async () => {
    await using a = await network.phone(talking());
    await using b = await network.phone([
      ...rings(),
      ...answers({ direction: 'recvonly' }),
      ...hangsUp(3_000),
    ]);
    const call = await network.call(a, b);
    expect(call.cdr).toMatchObject({ ulFailReason: 0 });
    expect((await network.sentTo(b)).heard).toEqual([500]);
  });
});
