import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { type CliResult, runCli } from '../../test/support/run-cli.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const run = (...args: string[]): Promise<CliResult> =>
  runCli(args, { OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN, OVC_TRUNK_PASSWORD: 'from-environment' });

describe('openvoicecall trunk', () => {
  it('adds one with everything that can be set, and shows it', async () => {
    const added = await run(
      ...'trunk add alpha --address sip.alpha.example --address [2001:db8::1]:5070 --transport tls'.split(
        ' ',
      ),
      ...'--user acme --register --register-expires 600 --prefix +86 +852 --priority 1 --weight 5'.split(' '),
      ...'--rewrite +86=0 --rewrite +852= --rewrite-caller +=00 --identity remote-party-id'.split(' '),
      ...'--from-user acme --from-domain acme.example --privacy --cps 5 --calls 30'.split(' '),
      ...'--options 60 --response-timeout 2000'.split(' '),
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(platform.trunksInForce).toMatchObject([
      {
        name: 'alpha',
        addresses: ['sip.alpha.example', '[2001:db8::1]:5070'],
        transport: 'tls',
        username: 'acme',
        password: 'from-environment',
        register: true,
        registerExpires: 600,
        prefixes: ['+86', '+852'],
        priority: 1,
        weight: 5,
        calleeRewriting: [
          { from: '+86', to: '0' },
          { from: '+852', to: '' },
        ],
        callerRewriting: [{ from: '+', to: '00' }],
        identity: 'remote-party-id',
        fromUser: 'acme',
        fromDomain: 'acme.example',
        privacy: true,
        callsPerSecond: 5,
        maxCalls: 30,
        optionsInterval: 60,
        responseTimeout: 2_000,
      },
    ]);
    const shown = await run('trunk', 'show', 'alpha');
    expect(shown.stdout).toContain('takes         +86 +852\n');
    expect(shown.stdout).toContain('  udp:203.0.113.7:5060 up (200, 3 ms)\n');
    expect(shown.stdout + added.stdout).not.toContain('from-environment');
    expect((await run('trunk', 'list')).stdout).toMatch(/alpha +in-use +up +1 /);
  });

  it('changes one, takes away, suspends, resumes and removes it', async () => {
    await run('trunk', 'add', 'alpha', '--address', 'a.example', '--user', 'acme', '--prefix', '+86');
    const changed = await run('trunk', 'update', 'alpha', '--no-user', '--no-prefix', '--priority', '3');
    expect(changed.code).toBe(0);
    expect(platform.trunksInForce).toMatchObject([{ prefixes: [], priority: 3, addresses: ['a.example'] }]);
    expect(platform.trunksInForce[0]).not.toHaveProperty('password');
    await run('trunk', 'suspend', 'alpha');
    expect(platform.trunksInForce).toMatchObject([{ state: 'suspended' }]);
    await run('trunk', 'resume', 'alpha');
    expect(platform.trunksInForce).toMatchObject([{ state: 'in-use' }]);
    expect(await run('trunk', 'remove', 'alpha')).toMatchObject({ code: 0, stdout: 'alpha is removed.\n' });
    expect(platform.trunksInForce).toEqual([]);
  });

  it('says what is wrong in one line', async () => {
    const refused = await run('trunk', 'add', 'alpha', '--address', 'sip:a');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^error: sip:a is no address\. \(trunk-invalid\) Write HOST or HOST:PORT.*\n$/,
    );
    expect((await run('trunk', 'add', 'alpha', '--address', 'a', '--rewrite', '86')).code).toBe(2);
    expect((await run('trunk', 'show', 'beta')).stderr).toContain('(trunk-unknown)');
  });

  it('checks one; what would fail a call is an error', async () => {
    await run('trunk', 'add', 'alpha', '--address', 'a');
    platform.trunks.findings = [{ name: 'resolution', ok: true, detail: 'udp:192.0.2.1:5060' }];
    expect(await run('trunk', 'check', 'alpha')).toMatchObject({
      code: 0,
      stdout: 'ok    resolution: udp:192.0.2.1:5060\n',
    });
    platform.trunks.findings = [{ name: 'options', ok: false, detail: 'no answer', remedy: 'ask' }];
    const failed = await run('trunk', 'check', 'alpha');
    expect(failed).toMatchObject({ code: 1, stdout: 'FAIL  options: no answer\n      -> ask\n' });
    expect(failed.stderr).toContain('Not all is well: options.');
  });
});
