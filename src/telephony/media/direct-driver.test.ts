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
});
