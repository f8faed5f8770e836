import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { chooseDriver } from './choose-driver.ts';

const { driver, reason } = await chooseDriver('auto', 1);
driver.close();
const run = promisify(execFile);

describe.skipIf(reason !== undefined)(`memory shared with the system${reason ? ` (${reason})` : ''}`, () => {
  it('outlives every collection: what is sent and received stays what it was', async () => {
    const script = new URL('../../../test/support/traffic-under-collections.ts', import.meta.url);
    const { stdout } = await run(process.execPath, ['--expose-gc', script.pathname]);
    const sent = 32 * 150;
    expect(JSON.parse(stdout)).toEqual({ sent, whole: sent, wrong: 0 });
  });
  it('takes no object for a packet: bridges and prompts cost a few boxed numbers', async () => {
    const script = new URL('../../../test/support/allocations-per-packet.ts', import.meta.url);
    const young = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
    const { stdout } = await run(process.execPath, ['--expose-gc', ...young, script.pathname]);
    const { packets, octetsPerPacket } = JSON.parse(stdout) as { packets: number; octetsPerPacket: number };
    expect(packets).toBeGreaterThan(20_000);
    // A number with a fraction is boxed in 12 octets where it is handed on; a view of bytes alone would take over 100.
    expect(octetsPerPacket).toBeLessThan(80);
  });
});
