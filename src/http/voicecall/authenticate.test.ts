import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { AccountState, App } from '../../accounts/account.ts';
import { Authenticator, type Credentials } from './authenticate.ts';
import { FailureGuard } from './failure-guard.ts';
import { Refused } from './refused.ts';

const NOW = Date.UTC(2018, 1, 12, 15, 30, 20);
const AUTHORIZATION = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"';
const app: App = {
  appKey: 'ka4kESI5s3YyurL1wpx63s9YnEm2',
  spId: 'sp',
  name: 'Cars',
  capability: 'callback',
  appSecret: 'tTKHrQAZjWsEFL2YOYUiGFHUDkzm',
  state: 'active',
  recording: false,
  pushSignature: 'newline',
  ports: 10,
  allowedAddresses: [],
  sandbox: false,
  createdAt: 0,
};

let clock: ManualClock;
let apps: Map<string, App>;
let authenticator: Authenticator;
let accountState: AccountState;

const authenticatorWith = (rejectReplays: boolean, addresses = 10_000): Authenticator =>
  new Authenticator({
    accounts: {
      app: async (key) => apps.get(key),
      account: async (spId) => ({ spId, name: 'Cars', state: accountState, createdAt: 0 }),
    },
    clock,
    createdWindow: 300_000,
    rejectReplays,
    failures: new FailureGuard({ failures: 20, window: 300_000, blockedFor: 1_800_000, addresses }),
  });

beforeEach(() => {
  clock = new ManualClock(NOW);
  apps = new Map([[app.appKey, app]]);
  accountState = 'active';
  authenticator = authenticatorWith(false);
});

/** As the official samples do it, written here once more so that our own digest is not its own witness. */
const digestOf = (nonce: string, created: string, secret = app.appSecret): string =>
  createHmac('sha256', Buffer.from(secret, 'utf8'))
    .update(Buffer.from(`${nonce}${created}`))
    .digest('base64');

const NONCE = '66C92B11FF8A425FB8D4CCFE0ED9ED1F';
const CREATED = '2018-02-12T15:30:20Z';

function tokenOf(
  parts: { username?: string; nonce?: string; created?: string; digest?: string } = {},
): string {
  const { username = app.appKey, nonce = NONCE, created = CREATED } = parts;
  const digest = parts.digest ?? digestOf(nonce, created);
  return `UsernameToken Username="${username}",PasswordDigest="${digest}",Nonce="${nonce}",Created="${created}"`;
}

async function codeOf(credentials: Partial<Credentials>, by = authenticator): Promise<string> {
  try {
    await by.authenticate({
      authorization: AUTHORIZATION,
      xAksk: tokenOf(),
      address: '192.0.2.1',
      ...credentials,
    });
    return '0';
  } catch (error) {
    if (error instanceof Refused) return error.code.code;
    throw error;
  }
}

describe('a signed request', () => {
  it('is its app’s', async () => {
    const credentials = { authorization: AUTHORIZATION, xAksk: tokenOf(), address: '192.0.2.1' };
    expect(await authenticator.authenticate(credentials)).toBe(app);
  });

  it('may be signed with the secret from before a renewal, until its time is over', async () => {
    const renewed = {
      ...app,
      appSecret: 'the new one',
      previousSecret: { secret: app.appSecret, validUntil: NOW + 60_000 },
    };
    apps.set(app.appKey, renewed);
    const withNew = { xAksk: tokenOf({ digest: digestOf(NONCE, CREATED, 'the new one') }) };
    expect([await codeOf({}), await codeOf(withNew)]).toEqual(['0', '0']);
    expect(authenticator.isSecretOf(renewed, app.appSecret)).toBe(true);
    await clock.advance(60_000);
    expect([await codeOf({}), await codeOf(withNew)]).toEqual(['1023006', '0']);
    expect(authenticator.isSecretOf(renewed, app.appSecret)).toBe(false);
    expect(await codeOf({ xAksk: tokenOf({ digest: digestOf(NONCE, CREATED, '') }) })).toBe('1023006');
  });

  it('may have blanks after commas, another order of attributes and other cases', async () => {
    const digest = digestOf(NONCE, CREATED);
    const xAksk = `UsernameToken Created="${CREATED}", nonce="${NONCE}", PASSWORDDIGEST="${digest}", Username="${app.appKey}"`;
    const authorization = 'AKSK  type="Appkey" , realm="SDP" , profile="UsernameToken"';
    expect(await codeOf({ authorization, xAksk })).toBe('0');
  });

  it('matches a digest computed elsewhere', async () => {
    // openssl: printf '%s%s' NONCE CREATED | openssl dgst -sha256 -hmac SECRET -binary | base64
    expect(digestOf(NONCE, CREATED)).toBe('iIJaQ8lNgCXJVzzHP1IAoHoKQtKqv0PKEU0+bwnQ1Vw=');
  });
});

describe('Authorization', () => {
  it.each([
    [undefined, '1023006'],
    ['', '1023006'],
    ['Basic dXNlcjpwYXNz', '1023006'],
    ['WSSE realm="SDP",profile="UsernameToken",type="Appkey"', '1023006'],
    ['AKSKrealm="SDP",profile="UsernameToken",type="Appkey"', '1023006'],
    ['AKSK', '1023007'],
    ['AKSK profile="UsernameToken",type="Appkey"', '1023007'],
    ['AKSK realm=SDP,profile="UsernameToken",type="Appkey"', '1023007'],
    ['AKSK realm="SDP",type="Appkey"', '1023008'],
    ['AKSK realm="sdp",profile="UsernameToken",type="Appkey"', '1023009'],
    ['AKSK realm="SDP",profile="usernametoken",type="Appkey"', '1023010'],
    ['AKSK realm="SDP",profile="UsernameToken",type="app_key"', '1023011'],
    ['AKSK realm="SDP",profile="UsernameToken"', '1023012'],
  ])('%j gets %s', async (authorization, code) => {
    expect(await codeOf({ authorization })).toBe(code);
  });
});

describe('X-AKSK', () => {
  const without = (attribute: string): string =>
    tokenOf()
      .replace(new RegExp(`${attribute}="[^"]*",?`), '')
      .replace(/,$/, '');

  it.each([
    ['is missing', undefined, '1023033'],
    ['is empty', '', '1023034'],
    ['has no Username', without('Username'), '1023034'],
    ['has an empty Username', tokenOf({ username: '' }), '1023034'],
    ['has no Nonce', without('Nonce'), '1023035'],
    ['has no Created', without('Created'), '1023036'],
    ['has no PasswordDigest', without('PasswordDigest'), '1023037'],
    ['has no UsernameToken', tokenOf().replace('UsernameToken ', ''), '1023038'],
    ['has an unknown app key', tokenOf({ username: 'nobody' }), '1010003'],
    ['has another secret’s digest', tokenOf({ digest: digestOf(NONCE, CREATED, 'other') }), '1023006'],
    ['has a digest of another length', tokenOf({ digest: 'abc' }), '1023006'],
    [
      'has the digest in hex',
      tokenOf({ digest: Buffer.from(digestOf(NONCE, CREATED), 'base64').toString('hex') }),
      '1023006',
    ],
    ['has a nonce of 129 characters', tokenOf({ nonce: 'a'.repeat(129) }), '1023006'],
    ['has a nonce of 128 characters', tokenOf({ nonce: 'a'.repeat(128) }), '0'],
  ])('that %s gets %s', async (_case, xAksk, code) => {
    expect(await codeOf({ xAksk })).toBe(code);
  });

  it('of rubbish is refused in a time that grows with its length only', async () => {
    const before = performance.now();
    for (const rubbish of [
      'a'.repeat(300_000),
      'a ='.repeat(100_000),
      'a="'.repeat(100_000),
      ' '.repeat(300_000),
    ]) {
      expect(await codeOf({ xAksk: `UsernameToken ${rubbish}` })).toBe('1023034');
    }
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

describe('Created', () => {
  it.each([
    ['2018-02-12T15:30:20Z', '0'],
    ['2018-02-12T15:35:20Z', '0'],
    ['2018-02-12T15:25:20Z', '0'],
    ['2018-02-12T15:35:21Z', '1010013'],
    ['2018-02-12T15:25:19Z', '1010013'],
    // Beijing time that ends in Z all the same
    ['2018-02-12T23:30:20Z', '0'],
    ['2018-02-12T23:35:20Z', '0'],
    ['2018-02-12T23:35:21Z', '1010013'],
    ['2018-02-12T07:30:20Z', '1010013'],
    ['2018-02-12T19:30:20Z', '1010013'],
    ['2018-02-12T15:30:20.000Z', '1010013'],
    ['2018-02-12 15:30:20', '1010013'],
    ['2018-02-30T15:30:20Z', '1010013'],
    ['2018-13-12T15:30:20Z', '1010013'],
    ['1518449420', '1010013'],
  ])('%s gets %s', async (created, code) => {
    expect(await codeOf({ xAksk: tokenOf({ created }) })).toBe(code);
  });

  it('is looked at before the digest', async () => {
    expect(await codeOf({ xAksk: tokenOf({ created: '2018-02-12T16:30:20Z', digest: 'x' }) })).toBe(
      '1010013',
    );
  });
});

describe('the account', () => {
  it.each(['frozen', 'closed'] as const)(
    'that is %s is told so, before its app’s state is',
    async (state) => {
      accountState = state;
      apps.set(app.appKey, { ...app, state: 'suspended' });
      for (let time = 0; time < 25; time += 1) expect(await codeOf({})).toBe('1010007');
      expect(await codeOf({ xAksk: tokenOf({ digest: 'x' }) })).toBe('1023006');
    },
  );
});

describe('the app', () => {
  it('may be suspended, which only its owner is told', async () => {
    apps.set(app.appKey, { ...app, state: 'suspended' });
    expect(await codeOf({})).toBe('1010008');
    expect(await codeOf({ xAksk: tokenOf({ digest: 'x' }) })).toBe('1023006');
  });

  it.each([
    ['192.0.2.1', '0'],
    ['::ffff:192.0.2.1', '0'],
    ['198.51.100.77', '0'],
    ['2001:db8::5', '0'],
    ['192.0.2.2', '1020166'],
    ['198.51.101.1', '1020166'],
    ['2001:db9::5', '1020166'],
  ])('with a white list answers %s with %s', async (address, code) => {
    apps.set(app.appKey, { ...app, allowedAddresses: ['192.0.2.1', '198.51.100.0/24', '2001:db8::/32'] });
    expect(await codeOf({ address })).toBe(code);
  });
});

describe('a repeated request', () => {
  it('is accepted by default', async () => {
    expect([await codeOf({}), await codeOf({})]).toEqual(['0', '0']);
  });

  it('is refused where replays are', async () => {
    const strict = authenticatorWith(true);
    const other = tokenOf({ nonce: 'another' });
    expect(await codeOf({}, strict)).toBe('0');
    expect(await codeOf({}, strict)).toBe('1023006');
    expect(await codeOf({ xAksk: other }, strict)).toBe('0');
    await clock.advance(299_000);
    expect(await codeOf({ xAksk: other }, strict)).toBe('1023006');
  });
});

describe('an address with too many failures', () => {
  const wrong = { xAksk: tokenOf({ digest: 'wrong' }) };
  const fail = async (times: number, address: string): Promise<void> => {
    for (let time = 0; time < times; time++) await codeOf({ ...wrong, address });
  };

  it('is blocked by the twentieth in five minutes, for thirty, whatever it sends then', async () => {
    await fail(19, '192.0.2.1');
    expect(await codeOf({})).toBe('0');
    await fail(1, '192.0.2.1');
    expect(await codeOf({})).toBe('1020176');
    await clock.advance(1_799_999);
    expect(await codeOf({})).toBe('1020176');
    await clock.advance(1);
    expect(await codeOf({ xAksk: tokenOf({ created: '2018-02-12T16:00:20Z' }) })).toBe('0');
  });

  it('is not blocked when they are further apart', async () => {
    await fail(10, '192.0.2.1');
    await clock.advance(300_000);
    await fail(19, '192.0.2.1');
    expect(await codeOf({ ...wrong, authorization: undefined })).toBe('1023006');
    expect(await codeOf(wrong)).toBe('1020176');
  });

  it('blocks nobody else', async () => {
    await fail(20, '192.0.2.1');
    expect(await codeOf({ address: '::ffff:192.0.2.1' })).toBe('1020176');
    expect(await codeOf({ address: '192.0.2.2' })).toBe('0');
  });

  it('counts a customer’s IPv6 network as one', async () => {
    await fail(10, '2001:db8::1');
    await fail(10, '2001:db8:0:0:abcd:1:2:3');
    expect(await codeOf({ address: '2001:db8::7' })).toBe('1020176');
    expect(await codeOf({ address: '2001:db8:0:1::7' })).toBe('0');
    expect(await codeOf({ address: '::1' })).toBe('0');
  });

  it('does not collect failures that were none of authentication', async () => {
    apps.set(app.appKey, { ...app, state: 'suspended' });
    for (let time = 0; time < 30; time++) await codeOf({});
    apps.set(app.appKey, app);
    expect(await codeOf({})).toBe('0');
  });

  it('is forgotten when more addresses fail than are remembered', async () => {
    const small = authenticatorWith(false, 3);
    for (let time = 0; time < 19; time++) await codeOf({ ...wrong, address: '192.0.2.1' }, small);
    for (const last of [2, 3, 4]) await codeOf({ ...wrong, address: `192.0.2.${last}` }, small);
    await codeOf({ ...wrong, address: '192.0.2.1' }, small);
    expect(await codeOf({ address: '192.0.2.1' }, small)).toBe('0');
  });
});
