/** Which way a media worker reaches the network: the system's own calls where they can be made, else node:dgram. */
import type { DatagramDriver, DriverName } from './datagram-port.ts';
import { dgramDriver } from './dgram-driver.ts';
import { DirectDriver } from './direct-driver.ts';
import { loadSystemCalls } from './system-calls.ts';

/** `auto`: direct, or dgram where that cannot be. */
export type DriverChoice = 'auto' | DriverName;

/**
 * What a worker would choose here.
 *
 * @throws Error when the direct driver is asked for and cannot be had
 */
export async function probeDriver(choice: DriverChoice): Promise<DriverInUse> {
  const { driver, reason } = await chooseDriver(choice, 1);
  driver.close();
  return { name: driver.name, reason };
}

export interface DriverInUse {
  readonly name: DriverName;
  /** Why it is not the direct one, where that was to be tried. */
  readonly reason: string | undefined;
}

export interface ChosenDriver {
  readonly driver: DatagramDriver;
  /** Why it is not the direct one, where that was to be tried. */
  readonly reason: string | undefined;
}

/**
 * @param ports that are open at once, at most
 * @throws Error when the direct driver is asked for and cannot be had
 */
export async function chooseDriver(choice: DriverChoice, ports: number): Promise<ChosenDriver> {
  if (choice === 'dgram') return { driver: dgramDriver, reason: undefined };
  try {
    return { driver: new DirectDriver(await loadSystemCalls(), ports), reason: undefined };
  } catch (error) {
    if (choice === 'direct') throw error;
    return { driver: dgramDriver, reason: (error as Error).message };
  }
}
