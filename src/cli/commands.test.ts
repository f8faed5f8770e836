import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { CliProcess, type CliResult, runCli } from '../../test/support/run-cli.ts';
import { secretKeys } from '../store/secret-key.ts';
import { writeAdminFile } from './admin-file.ts';

let platform: HttpPlatform;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

const environment = () => ({ OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN });
const run = (...args: string[]): Promise<CliResult> => runCli(args, environment());

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}

const NUMBER = '+8675528000001';

async function appWithNumber(): Promise<string> {
  const app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber(NUMBER, app.appKey);
  return app.appKey;
}

const callOf = (appKey: string): string[] =>
  `call --app ${appKey} --display ${NUMBER} --from +8613500000001 --to +8613500000002`.split(' ');

describe('calls that used', () => {
  it('a voice file or a template are listed', async () => {
    const appKey = await appWithNumber();

    await json(...callOf(appKey));
    const { appKey: notifying } = await platform.administration.createApp({
      name: 'Notes',
      capability: 'notification',
    });
    await platform.administration.addNumber('+8675528000002', notifying);
    const notify = `notify --app ${notifying} --display +8675528000002 --to +8613500000002 --voice a.wav`;
    const { sessionId } = await json<{ sessionId: string }>(...notify.split(' '));
    expect(await json('calls', 'list', '--voice', 'a.wav')).toMatchObject({ calls: [{ sessionId }] });
    expect(await json('calls', 'list', '--template', 'a.wav')).toEqual({ calls: [] });
    expect((await run('calls', 'list', '--template', 'a', '--voice', 'b')).code).toBe(2);
    const both = await platform.admin('GET', '/admin/v1/calls?voiceFile=a.wav&templateId=b');
    expect(both.status).toBe(400);
  });
});

describe('app', () => {
  it('gets a new secret, and an account room for more of them', async () => {
    const { appKey, appSecret } = await platform.administration.createApp({
      name: 'Cars',
      capability: 'callback',
    });
    expect((await run('app', 'secret', appKey)).code).toBe(2);
    const renewed = await json<{ appSecret: string }>('app', 'secret', appKey, '--renew', '--grace', '60');
    const { previousSecret } = await platform.administration.app(appKey);
    expect(previousSecret?.secret).toBe(appSecret);
    expect(renewed.appSecret).not.toBe(appSecret);
    const account = 'openvoicecall';
    expect(await json('account', 'update', account, '--max-apps', '1')).toMatchObject({ maxApps: 1 });
    const refused = await run('app', 'create', '--name', 'More', '--capability', 'callback');
    expect(refused.stderr).toContain('at most 1 applications');
    expect(await json('account', 'update', account, '--no-max-apps')).not.toHaveProperty('maxApps');
  });

  it('is created, listed, shown, changed, suspended and resumed', async () => {
    const status = 'http://cars.example/status';
    const wanted = `app create --name Cars --capability callback --recording --status-url ${status}`;
    const created = await json<{ appKey: string; appSecret: string }>(...wanted.split(' '));
    expect(created).toMatchObject({
      name: 'Cars',
      capability: 'callback',
      recording: true,
      statusUrl: status,
    });
    expect(created.appSecret).toMatch(/^\w{28}$/);
    const { appKey } = created;
    expect(await json('app', 'list')).toMatchObject({ apps: [{ appKey }] });
    const changes = [
      '--ports',
      '3',
      '--no-recording',
      '--no-status-url',
      '--allow',
      '10.0.0.0/8',
      '192.0.2.1',
    ];
    const changed = await json('app', 'update', appKey, ...changes);
    expect(changed).toMatchObject({
      ports: 3,
      recording: false,
      allowedAddresses: ['10.0.0.0/8', '192.0.2.1'],
    });
    expect(changed).not.toHaveProperty('statusUrl');
    expect(await json('app', 'show', appKey)).toEqual(changed);
    expect(await json('app', 'update', appKey, '--no-allow')).toMatchObject({
      allowedAddresses: [],
      ports: 3,
    });
    await json('limit', 'set', 'app', appKey, '--per-day', '9');
    await json('app', 'update', appKey, '--cps', '4');
    expect(await json('limit', 'show', 'app', appKey)).toMatchObject({ callsPerSecond: 4, callsPerDay: 9 });
    await json('app', 'update', appKey, '--cps', '0');
    expect(await json('limit', 'show', 'app', appKey)).not.toHaveProperty('callsPerSecond');
    expect(await json('app', 'update', appKey, '--recording-prompt', 'none')).toMatchObject({
      recordingPrompt: 'none',
    });
    const unknown = await run('app', 'update', appKey, '--recording-prompt', 'hint.wav');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('openvoicecall voice add') });
    const withoutPrompt = await json('app', 'update', appKey, '--no-recording-prompt');
    expect(withoutPrompt).not.toHaveProperty('recordingPrompt');
    expect(await json('app', 'suspend', appKey)).toMatchObject({ state: 'suspended' });
    expect(await json('app', 'resume', appKey)).toMatchObject({ state: 'active' });
  });

  it('reads well without --json', async () => {
    const { code, stdout } = await run('app', 'create', '--name', 'Cars', '--capability', 'callback');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^app key +\w{28}\napp secret +\w{28}\nname +Cars\n/);
    const list = (await run('app', 'list')).stdout.split('\n');
    expect(list[0]).toMatch(/^APP KEY +NAME +CAPABILITY +STATE +PORTS$/);
    expect(list[1]).toMatch(/^\w{28} {2}Cars {2}callback {4}active {2}10$/);
  });
});

describe('pool', () => {
  it('is set, listed, shown and removed, and a call says what it chose', async () => {
    const appKey = await appWithNumber();
    await platform.administration.addNumber('+8675528000002', appKey);
    const set = `pool set all --app ${appKey} --numbers +8675528000002 --concurrent-calls 1`;
    expect(await json(...set.split(' '))).toMatchObject({
      name: 'all',
      choice: 'sticky',
      concurrentCalls: 1,
    });
    expect(await json('pool', 'list')).toMatchObject({ pools: [{ appKey, name: 'all' }] });
    await platform.admin('PUT', `/admin/v1/apps/${appKey}/pools/all`, {
      numbers: [NUMBER, '+8675528000002'],
    });
    const { sessionId } = await json<{ sessionId: string }>(...callOf(appKey));
    const { stdout } = await run('calls', 'show', sessionId);
    expect(stdout).toMatch(/A shows \+867552800000\d for \+8675528000001, chosen by all/);
    const use = await json<{ use: { today: number }[] }>('pool', 'show', 'all', '--app', appKey);
    expect(use.use.map(({ today }) => today).sort()).toEqual([0, 1]);
    expect(await json('pool', 'remove', 'all', '--app', appKey)).toEqual({ name: 'all', removed: true });
  });
});

describe('rotate-key', () => {
  it('says what it cannot do without a key, and where that is configured', async () => {
    const none = await runCli(['rotate-key', '--data', folder], {});
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('There is no key')]);
    const configured = await runCli(['rotate-key', '--data', folder], { OVC_SECRET_KEY: 'x'.repeat(32) });
    expect([configured.code, configured.stderr]).toEqual([
      1,
      expect.stringContaining('OVC_PREVIOUS_SECRET_KEY'),
    ]);
  });

  it('replaces the key, and tells where the old one is', async () => {
    secretKeys(folder, {});
    const { code, stdout } = await runCli(['rotate-key', '--data', folder, '--json'], {});
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      data: folder,
      oldKey: expect.stringContaining('secret.key.until-'),
    });
  });
});

describe('enterprise and number-order', () => {
  it('are submitted, reviewed, granted and released', async () => {
    const record = [
      '--name',
      'Cars Ltd',
      '--licence-code',
      '9144',
      '--legal-person-id',
      '440300199001010042',
    ];
    const rest = ['--scene', 'Deliveries', '--script', 'Your parcel is here.', '--peak-concurrency', '10'];
    const { enterpriseId } = await json<{ enterpriseId: string }>('enterprise', 'add', ...record, ...rest);
    expect(await json('enterprise', 'update', enterpriseId, '--scene', 'Parcels')).toMatchObject({
      scene: 'Parcels',
      peakConcurrency: 10,
    });
    await json('enterprise', 'reject', enterpriseId, '--reason', 'Not readable.');
    expect((await run('enterprise', 'show', enterpriseId)).stdout).toMatch(/reason +Not readable\./);
    await json('enterprise', 'approve', enterpriseId);
    expect(await json('enterprise', 'list')).toMatchObject({ enterprises: [{ state: 'approved' }] });
    const wanted = ['--enterprise', enterpriseId, '--city', '深圳', '--quantity', '1'];
    const { orderId } = await json<{ orderId: string }>('number-order', 'add', ...wanted);
    await json('number-order', 'review', orderId);
    expect(await json('number-order', 'grant', orderId, '--numbers', NUMBER)).toMatchObject({
      numbers: [NUMBER],
    });
    const refused = await run('number-order', 'reject', orderId, '--reason', 'Late.');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('The order is granted.')]);
    await json('number-order', 'release', orderId);
    expect((await run('number-order', 'list')).stdout).toContain('released');
    expect(await json('number-order', 'show', orderId)).toMatchObject({ state: 'released' });
  });
});

describe('number', () => {
  it('is added, listed, suspended, resumed and removed', async () => {
    const { appKey } = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
    expect(await json('number', 'add', NUMBER, '--app', appKey)).toMatchObject({
      number: NUMBER,
      kind: 'display',
    });
    const service = await json('number', 'add', '+8675528000002', '--app', appKey, '--service');
    expect(service).toMatchObject({ kind: 'service' });
    expect(await json('number', 'list', '--app', appKey)).toMatchObject({
      numbers: [{ number: NUMBER }, {}],
    });
    expect(await json('number', 'suspend', NUMBER)).toMatchObject({ state: 'suspended' });
    expect(await json('number', 'resume', NUMBER)).toMatchObject({ state: 'in-use' });
    expect(await json('number', 'remove', NUMBER)).toEqual({ number: NUMBER, removed: true });
    expect(await json('number', 'list', '--app', 'other')).toEqual({ numbers: [] });
  });
});

describe('call', () => {
  it('prints the answer of the API', async () => {
    const answer = await json<{ sessionId: string }>(...callOf(await appWithNumber()));
    expect(answer).toEqual({
      resultcode: '0',
      resultdesc: 'Success',
      sessionId: expect.stringMatching(/@ovc\.test$/),
    });
    expect(platform.telephony.legs[0]?.request).toMatchObject({ to: '+8613500000001', display: NUMBER });
  });

  it('hands on what it is told', async () => {
    const appKey = await appWithNumber();
    const statusUrl = 'http://127.0.0.1:9/status?x=1';
    const more = `--max-duration 5 --callee-media none --user-data u1 --sandbox --status-url ${statusUrl}`;
    const { sessionId } = await json<{ sessionId: string }>(...callOf(appKey), ...more.split(' '));
    expect((await platform.store.history(sessionId))?.call).toMatchObject({
      statusUrl,
      userData: 'u1',
      sandbox: true,
      order: { maxDuration: 5, calleeMedia: 'none', displayCalleeNbr: NUMBER },
    });
  });

  it('is followed to its end, with its record and what the phones heard', async () => {
    const watching = new CliProcess([...callOf(await appWithNumber()), '--watch'], environment());
    await watching.says('B answers');
    platform.telephony.leg('B').hangUpByUser();
    const { code, stdout } = await watching.exited();
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^Accepted: \d+_\d+_\d+_20260101000000@ovc\.test$/);
    expect(lines.slice(1, 8)).toEqual([
      `00:00:00.000Z  A is dialled +8613500000001 showing ${NUMBER}`,
      '00:00:00.000Z  A rings +8613500000001',
      '00:00:00.000Z  A answers +8613500000001',
      `00:00:00.000Z  B is dialled +8613500000002 showing ${NUMBER}`,
      '00:00:00.000Z  B rings +8613500000002',
      '00:00:00.000Z  B answers +8613500000002',
      '00:00:00.000Z  call ended: The user releases the call. (0)',
    ]);
    expect(stdout).toMatch(/\nCall record\n(.*\n)*fwdAnswerTime +2026-01-01 00:00:00\n/);
    expect(stdout).toContain('\nA heard /recordings/A@test.wav\nB heard /recordings/B@test.wav\n');
  });

  it('is followed in one JSON document too, the events beside it on standard error', async () => {
    const watching = new CliProcess([...callOf(await appWithNumber()), '--watch', '--json'], environment());
    await expect.poll(() => watching.stderr).toContain('B answers');
    platform.telephony.leg('B').hangUpByUser();
    const { stdout } = await watching.exited();
    expect(JSON.parse(stdout)).toMatchObject({
      resultcode: '0',
      call: { state: 'ended', cdr: { ulFailReason: 0 }, verdict: { releaseCause: 0 } },
    });
  });

  it('that is refused says why and what to do, and exits 1', async () => {
    const appKey = await appWithNumber();
    const refused = await run(...callOf(appKey), '--display', '+8675528000009');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^error: Invalid display number\. \(1010023\) .*number add.*\n$/);
    const document = await run(...callOf(appKey), '--display', '+8675528000009', '--json');
    expect(document.code).toBe(1);
    expect(JSON.parse(document.stdout)).toMatchObject({
      resultcode: '1010023',
      resultdesc: 'Invalid display number.',
      error: { code: '1010023' },
    });
  });

  it('plays the files it is given', async () => {
    const files = ['--pre-voice', 'pre.wav', '--wait-voice', 'wait.wav', '--record-hint-tone', 'hint.wav'];
    const last = ['--last-min-voice', 'last.wav', '--last-min-to', 'toa', '--max-duration', '5'];
    const appKey = await appWithNumber();
    const placed = async (...options: string[]) => {
      const { sessionId } = await json<{ sessionId: string }>(...callOf(appKey), ...options);
      return (await platform.store.history(sessionId))?.call.order;
    };
    expect(await placed(...files, ...last)).toMatchObject({
      playPreVoice: true,
      preVoice: 'pre.wav',
      waitVoice: 'wait.wav',
      lastMinVoice: 'last.wav',
      lastMinToUE: 'toa',
      recordHintTone: 'hint.wav',
    });
    const plain = await placed('--pre-voice');
    expect(plain).toMatchObject({ playPreVoice: true, lastMinToUE: 'both' });
    expect(plain).toMatchObject({ preVoice: undefined });
  });

  it('is stopped', async () => {
    const { sessionId } = await json<{ sessionId: string }>(...callOf(await appWithNumber()));
    expect(await json('stop', sessionId)).toEqual({ sessionId });
    const again = await run('stop', sessionId);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('ended already');
  });
});

describe('notify and verify', () => {
  async function keyOf(capability: 'notification' | 'verification'): Promise<string> {
    const app = await platform.administration.createApp({ name: 'Parcels', capability });
    await platform.administration.addNumber(NUMBER, app.appKey);
    return app.appKey;
  }
  const numbers = ['--display', NUMBER, '--to', '+8613500000001'];
  const orderOf = async (sessionId: string): Promise<object> => {
    const history = await platform.store.history(sessionId);
    return history?.call.order ?? {};
  };

  it('places a notification with a file, or with a template and its values', async () => {
    const key = await keyOf('notification');
    const keys = ['--collect', '2', '--replay-on', '1'];
    const file = await json<{ sessionId: string }>(
      'notify',
      '--app',
      key,
      ...numbers,
      '--voice',
      'test.wav',
      ...keys,
    );
    expect(await orderOf(file.sessionId)).toMatchObject({
      segments: [{ prompt: { kind: 'file', name: 'test.wav' }, collect: 2, replayOn: '1' }],
    });
    const content = '您有${NUM_1}件快递,请于${DATE}前领取。';
    const { templateId } = await platform.templates.create({ name: 'Parcel', content, approve: true });
    const paras = ['--para', '3', '--para', '2017/07/16'];
    const spoken = await json<{ sessionId: string }>(
      'notify',
      '--app',
      key,
      ...numbers,
      '--template',
      templateId,
      ...paras,
    );
    expect(await orderOf(spoken.sessionId)).toMatchObject({
      segments: [{ prompt: { kind: 'speech', text: '您有3件快递,请于2017/07/16前领取。' } }],
    });
    const segments = [
      '--voice',
      'a.wav',
      '--template',
      templateId,
      ...paras,
      '--collect',
      '1',
      '--voice',
      'b.wav',
    ];
    const several = await json<{ sessionId: string }>('notify', '--app', key, ...numbers, ...segments);
    expect(await orderOf(several.sessionId)).toMatchObject({
      segments: [
        { prompt: { kind: 'file', name: 'a.wav' }, collect: 0 },
        { prompt: { kind: 'speech', text: '您有3件快递,请于2017/07/16前领取。' }, collect: 1 },
        { prompt: { kind: 'file', name: 'b.wav' }, collect: 0 },
      ],
    });
    const twice = await run(
      'notify',
      '--app',
      key,
      ...numbers,
      '--voice',
      'a.wav',
      ...keys,
      '--collect',
      '1',
    );
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('A segment has one --collect');
    const nothing = await run('notify', '--app', key, ...numbers);
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain('Invalid request. notifyVoice');
  });

  it('places a verification with the chime of the sandbox, or the files it is given', async () => {
    const key = await keyOf('verification');
    const verify = ['verify', '--app', key, ...numbers, '--code', '1234'];
    const { sessionId } = await json<{ sessionId: string }>(...verify);
    expect(await orderOf(sessionId)).toMatchObject({ preTone: 'pretone.wav', verifyCode: '1234', times: 3 });
    const other = await json<{ sessionId: string }>(
      ...verify,
      '--pre',
      'a.wav',
      '--post',
      'b.wav',
      '--times',
      '1',
    );
    expect(await orderOf(other.sessionId)).toMatchObject({ preTone: 'a.wav', posTone: 'b.wav', times: 1 });
  });
});

describe('calls', () => {
  it('are listed, shown and watched', async () => {
    const appKey = await appWithNumber();
    const watching = new CliProcess(['calls', 'watch', '--json'], environment());
    await expect.poll(() => platform.bus.subscribers).toBe(1);
    const { sessionId } = await json<{ sessionId: string }>(...callOf(appKey));
    await watching.says('"sequence":6');
    watching.signal('SIGKILL');
    expect(JSON.parse(watching.stdout.split('\n')[0] ?? '')).toMatchObject({ sessionId, type: 'callout' });
    platform.telephony.leg('B').hangUpByUser();
    const list = (await run('calls', 'list', '--state', 'ended')).stdout.split('\n');
    expect(list[0]).toMatch(/^ACCEPTED \(UTC\) +CALLER \(A\) +CALLEE \(B\) +STATE +END +SESSION$/);
    expect(list[1]).toContain(`0 The user releases the call.  ${sessionId}`);
    expect(await json('calls', 'list', '--limit', '1', '--app', appKey)).toMatchObject({
      calls: [{ sessionId }],
    });
    const { stdout } = await run('calls', 'show', sessionId);
    for (const title of ['Legs', 'Events', 'Call record', 'Recordings'])
      expect(stdout).toContain(`\n\n${title}\n`);
    expect(await json('calls', 'show', sessionId)).toMatchObject({
      cdr: { sessionId },
      events: { length: 7 },
    });
    const past = await run('calls', 'watch', sessionId);
    expect(past.stdout.trim().split('\n')).toHaveLength(7);
  });
});

describe('phones', () => {
  it('are listed without a server', async () => {
    const { stdout, code } = await runCli(['phones']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NUMBER +BEHAVIOUR +WHAT HAPPENS\n\+8613500000001 {2}talk /);
    const document = JSON.parse((await runCli(['phones', '--json', '--data', folder])).stdout) as {
      phones: object[];
    };
    expect(document.phones[0]).toMatchObject({ number: '+8613500000001', behaviour: 'talk' });
    expect(Object.keys(document.phones[0] ?? {}).sort()).toEqual(['behaviour', 'description', 'number']);
  });
});

describe('how a server is found', () => {
  it('through admin.json of the data directory', async () => {
    writeAdminFile(folder, { url: platform.url, token: ADMIN_TOKEN });
    expect((await runCli(['app', 'list', '--data', folder])).code).toBe(0);
    expect((await runCli(['app', 'list'], { OVC_DATA: folder })).code).toBe(0);
  });

  it.each([
    ['no admin.json', { OVC_DATA: '/nonexistent' }, 'admin.json is not there'],
    [
      'nobody there',
      { OVC_URL: 'http://127.0.0.1:9', OVC_TOKEN: 'x' },
      'No server answers at http://127.0.0.1:9',
    ],
  ])('%s is said with what to do', async (_case, env, text) => {
    const { code, stderr, stdout } = await runCli(['calls', 'list'], env);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(text);
    expect(stderr).toContain('npm start');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a wrong token is refused', async () => {
    const { code, stderr } = await runCli(['app', 'list'], { OVC_URL: platform.url, OVC_TOKEN: 'wrong' });
    expect(code).toBe(1);
    expect(stderr).toContain('(unauthorized)');
  });
});

describe('wrong usage exits 2', () => {
  it.each([
    ['an unknown command', ['ring']],
    ['an unknown flag', ['app', 'list', '--everything']],
    ['a missing flag', ['call', '--app', 'x']],
    ['a missing argument', ['stop']],
    ['a capability there is not', ['app', 'create', '--name', 'x', '--capability', 'sms']],
    ['a number that is none', ['app', 'update', 'x', '--ports', 'many']],
    ['a setting in the wrong form', ['serve', '--rtp', 'here']],
    ['a configuration file that is not there', ['doctor', '--config', '/nonexistent.yaml']],
    ['a group without command', ['app']],
  ])('%s', async (_case, args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it('and help exits 0', async () => {
    for (const args of [['--help'], ['call', '--help'], ['calls', 'watch', '--help'], ['--version']]) {
      expect((await runCli(args)).code).toBe(0);
    }
  });
});

describe('account api-password', () => {
  it('is made, shown without the password, and removed', async () => {
    await appWithNumber();
    const made = await json<{ password: string }>(
      'account',
      'api-password',
      'renew',
      '--username',
      'old-program',
    );
    expect(made).toMatchObject({ username: 'old-program', spId: 'openvoicecall' });
    expect(made.password).toMatch(/^\w{28}$/);
    const shown = await json<object>('account', 'api-password', 'show');
    expect(shown).toMatchObject({ username: 'old-program' });
    expect(shown).not.toHaveProperty('password');
    await json('account', 'api-password', 'remove');
    const { code, stderr } = await run('account', 'api-password', 'show');
    expect(code).toBe(1);
    expect(stderr).toContain('api-password renew');
  });
});

describe('limits', () => {
  it('are set, shown, listed and removed, and let calls wait', async () => {
    const appKey = await appWithNumber();
    const amounts = '--per-minute 1 --per-day 5 --quiet 01:00-02:00 --time-zone Asia/Shanghai'.split(' ');
    const set = ['limit', 'set', 'app', appKey, ...amounts, '--excess', 'queue', '--wait', '120'];
    const limit = {
      callsPerMinute: 1,
      callsPerDay: 5,
      quietHours: { from: '01:00', to: '02:00' },
      timeZone: 'Asia/Shanghai',
      excess: 'queue',
      longestWait: 120,
    };
    expect(await json(...set)).toMatchObject(limit);
    await json(...callOf(appKey));
    const told = await run(...callOf(appKey));
    expect(told.stdout).toMatch(
      /\nIt waits, as number 1; its turn is expected at 2026-01-01T00:01:00.000Z\.\n/,
    );
    const { calls } = await json<{ calls: { sessionId: string }[] }>('queue', 'list');
    expect(calls).toHaveLength(1);
    expect(await json('limit', 'show', 'app', appKey)).toMatchObject({
      ...limit,
      use: [{ subject: appKey, today: 2, running: 1, waiting: 1 }],
    });
    const [sessionId = ''] = calls.map((call) => call.sessionId);
    expect((await run('queue', 'list')).stdout).toContain(sessionId);
    expect(await json('queue', 'cancel', sessionId)).toEqual({ sessionId, cancelled: true });
    expect((await run('queue', 'cancel', sessionId)).code).toBe(1);
    const shown = '1/min, 5/day, quiet 01:00-02:00 Asia/Shanghai, excess waits 120 s';
    expect((await run('limit', 'list')).stdout).toContain(shown);
    expect((await run('limit', 'show', 'app', appKey)).stdout).toMatch(/THIS SECOND/);
    expect((await run('limit', 'remove', 'app', appKey)).code).toBe(0);
    expect(await json('limit', 'list')).toEqual({ limits: [] });
    expect((await run('limit', 'set', 'moon')).code).toBe(2);
    expect((await run('limit', 'set', 'app', '*', '--quiet', 'night')).code).toBe(2);
    expect((await run('limit', 'set', 'app', '*', '--quiet', '25:00-08:00')).stderr).toMatch(/time of day/);
  });

  it('of failures are shown, and addresses unblocked', async () => {
    expect(await json('limit', 'blocked')).toEqual({ addresses: [] });
    const refused = await run('limit', 'unblock', '203.0.113.9');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('not blocked')]);
  });

  it('refuse calls, which are listed with the reason', async () => {
    const appKey = await appWithNumber();
    await json('guard', 'set', '--app', appKey, '--calls', 'all', '--countries', 'DE', '--cool-down', '60');
    const refused = await run(...callOf(appKey));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('1010025')]);
    await expect
      .poll(() => json('calls', 'refused', '--app', appKey))
      .toMatchObject({ refusals: [{ reason: 'country', appKey }] });
    expect((await run('calls', 'refused')).stdout).toContain('is not among those that may be called: DE.');
  });
});

describe('guards, prices and black lists', () => {
  it('are set, listed and removed', async () => {
    expect(await json('price', 'set', '+86', '0.12')).toEqual({ prefix: '+86', perMinute: 0.12 });
    expect((await run('price', 'list')).stdout).toMatch(/\+86 +0\.12\n/);
    expect((await run('price', 'set', '+86', '0.00001')).code).toBe(2);
    const guard = '--velocity 30 --prefix-digits 9 --completion 30 --sample 5 --budget 200.5'.split(' ');
    expect(await json('guard', 'set', ...guard)).toMatchObject({
      appKey: '*',
      calls: 'verification',
      prefixDigits: 9,
      velocity: { calls: 30, within: 3_600 },
      completion: { percent: 30, sample: 5, within: 3_600 },
      dailyBudget: 200.5,
    });
    const said = '30 calls to 9 digits in 3600 s, 30 % answered in 3600 s, 200.5 a day';
    expect((await run('guard', 'list')).stdout).toContain(said);
    expect((await run('guard', 'remove')).code).toBe(0);
    expect((await run('guard', 'remove')).code).toBe(1);
    expect((await run('price', 'remove', '+86')).code).toBe(0);
    const number = '+8613500000009';
    expect(await json('blacklist', 'add', number, '--note', 'peace')).toMatchObject({
      role: 'callee',
      number,
    });
    await json('blacklist', 'add', '+86170*', '--caller');
    expect((await run('blacklist', 'list')).stdout).toMatch(/callee +\+8613500000009.*peace\n/);
    expect((await run('blacklist', 'remove', '+86170*')).code).toBe(1);
    expect((await run('blacklist', 'remove', '+86170*', '--caller')).code).toBe(0);
    expect(await json('blacklist', 'list')).toMatchObject({ numbers: [{ number }] });
  });
});
