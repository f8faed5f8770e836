import { describe, expect, it } from 'vitest';
import { chooseDriver } from '../../src/telephony/media/choose-driver.ts';
import { dgramDriver } from '../../src/telephony/media/dgram-driver.ts';
import { datagramDriverContract } from './datagram-driver.ts';

const { driver: preferred, reason } = await chooseDriver('auto', 1);
preferred.close();

describe('media by node:dgram', () => {
  datagramDriverContract(() => Promise.resolve(dgramDriver));
});

describe.skipIf(reason !== undefined)(
  `media by the system's own calls${reason ? ` (${reason})` : ''}`,
  () => {
    datagramDriverContract(async () => (await chooseDriver('direct', 64)).driver);

    it('refuses more ports than it was made for, and has them again when others are closed', async () => {
      const { driver } = await chooseDriver('direct', 2);
      const ports = [await driver.bind('127.0.0.1', 0), await driver.bind('127.0.0.1', 0)];
      await expect(driver.bind('127.0.0.1', 0)).rejects.toMatchObject({ code: 'EMFILE' });
      await ports[0]!.close();
      const another = await driver.bind('127.0.0.1', 0);
      await another.close();
      await ports[1]!.close();
      driver.close();
    });

    it('counts what the system does not take', async () => {
      const { driver } = await chooseDriver('direct', 1);
      const port = await driver.bind('127.0.0.1', 0);
      port.send(new Uint8Array(20), 0, 20, 9, '::1');
      port.send(new Uint8Array(20), 0, 20, 9, '255.255.255.255');
      expect(port.unsent).toBe(2);
      await port.close();
      driver.close();
    });

    it('hands over a bounded number of datagrams at a time, one of each port', async () => {
      const { driver } = await chooseDriver('direct', 2);
      const [flooded, quiet] = [await driver.bind('127.0.0.1', 0), await driver.bind('127.0.0.1', 0)];
      const sender = await driver.bind('127.0.0.1', 0).catch(() => undefined);
      expect(sender).toBeUndefined();
      const order: string[] = [];
      flooded.onDatagram = () => order.push('flooded');
      quiet.onDatagram = () => order.push('quiet');
      for (let index = 0; index < 100; index++)
        quiet.send(new Uint8Array(20), 0, 20, flooded.port, '127.0.0.1');
      flooded.send(new Uint8Array(20), 0, 20, quiet.port, '127.0.0.1');
      driver.receive?.();
      expect(order.toSorted()).toEqual(['flooded', 'quiet']);
      await flooded.close();
      await quiet.close();
      driver.close();
    });
  },
);

describe('the choice of a driver', () => {
  it('is what was asked for', async () => {
    expect((await chooseDriver('dgram', 1)).driver.name).toBe('dgram');
    expect(preferred.name).toBe(reason === undefined ? 'direct' : 'dgram');
  });
});
