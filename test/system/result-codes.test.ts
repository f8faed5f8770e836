import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App, Capability } from '../../src/accounts/account.ts';
import { HttpPlatform } from '../support/http-platform.ts';

/** Rows of the tables of a page, or of one section of it, whose first cell is a number. */
function rowsOf(page: string, section?: string): string[][] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const part = section === undefined ? text : (text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '');
  const lines = part.split('\n').filter((line) => /^\| \d/.test(line));
  return lines.map((line) => line.split('|').map((cell) => cell.trim()));
}

const documented = rowsOf('codes/result-codes.md').map(([, http, code = '', text]) => ({
  http: Number(http),
  code,
  // The wire sends "Success" without the table's full stop (spec 09, rules).
  text: code === '0' ? 'Success' : text,
}));
const notAnswered = rowsOf('compatibility.md', 'Result codes that are not answered').map(([, code]) => code);

const CLICK2CALL = '/rest/httpsessions/click2Call/v2.0';
const NOTIFY = '/rest/httpsessions/callnotify/v2.0';
const RECORD = '/rest/provision/voice/record/v1.0';
const DISPLAY = '+8675528000001';
const wanted = {
  displayNbr: DISPLAY,
  callerNbr: '+8613500000001',
  displayCalleeNbr: DISPLAY,
  calleeNbr: '+8613500000002',
};

let platform: HttpPlatform;
let app: App;

type Headers = Record<string, string>;

const post = (headers: Headers, body: object = wanted, path = CLICK2CALL): Promise<Response> =>
  platform.post(path, headers, body);
const signed = (by: App = app): Headers => platform.signed(by);
const call = (changed: object): Promise<Response> => post(signed(), { ...wanted, ...changed });

const withAuthorization = (authorization: string): Promise<Response> => post({ ...signed(), authorization });

/** Signed, but for a part of X-AKSK. */
const without = (part: RegExp): Promise<Response> => {
  const headers = signed();
  return post({ ...headers, 'x-aksk': headers['x-aksk']?.replace(part, '') ?? '' });
};

const change = async (changed: object): Promise<void> => {
  await platform.administration.updateApp(app.appKey, changed);
};

async function appOf(capability: Capability): Promise<App> {
  const other = await platform.administration.createApp({ name: 'Other', capability });
  await platform.administration.addNumber('+8675528000002', other.appKey);
  return other;
}

/** A notification with a template. */
async function notify(template: { approved: boolean; paras: string[] } | undefined): Promise<Response> {
  const by = await appOf('notification');
  let templateId = 'nothing';
  if (template) {
    const made = await platform.templates.create({ name: 'Parcel', content: '您有${NUM_2}件快递' });
    ({ templateId } = made);
    if (template.approved) await platform.templates.approve(templateId);
  }
  const playInfoList = [{ templateId, templateParas: template?.paras ?? [] }];
  const body = { displayNbr: '+8675528000002', calleeNbr: wanted.calleeNbr, playInfoList };
  return post(signed(by), body, NOTIFY);
}

async function asOtherSecret(times: number): Promise<Response> {
  const stranger = signed({ ...app, appSecret: 'wrong' });
  for (let time = 1; time < times; time++) await post(stranger);
  return post(times > 1 ? signed() : stranger);
}

const WSSE = 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"';

/** Signed with X-WSSE, but for a part. */
function byWsse(part: RegExp, instead = ''): Promise<Response> {
  const created = `${new Date(platform.clock.now()).toISOString().slice(0, 19)}Z`;
  const digest = createHash('sha256').update(`n1${created}${app.appSecret}`).digest('base64');
  const whole = `UsernameToken Username="${app.appKey}",PasswordDigest="${digest}",Nonce="n1",Created="${created}"`;
  return post({ authorization: WSSE, 'x-wsse': whole.replace(part, instead) });
}

async function byToken(milliseconds: number): Promise<Response> {
  const { body } = await platform.admin<{ password: string; username: string }>(
    'POST',
    '/admin/v1/api-password',
    {},
  );
  const query = new URLSearchParams({ app_key: app.appKey, username: body.username });
  const login = await post({ authorization: body.password }, {}, `/rest/fastlogin/v1.0?${query}`);
  const { access_token } = (await login.json()) as { access_token: string };
  await platform.clock.advance(milliseconds);
  return post({}, wanted, `${CLICK2CALL}?${new URLSearchParams({ app_key: app.appKey, access_token })}`);
}

/** A limit that is reached at once. */
async function limited(scope: string, subject: string): Promise<Response> {
  const path = `/admin/v1/limits/${scope}/${encodeURIComponent(subject)}`;
  const { status } = await platform.admin('PUT', path, { callsPerDay: 1 });
  expect(status).toBe(200);
  expect((await call({})).status).toBe(200);
  return call({});
}

const refreshWith = (app_secret: string): Promise<Response> => {
  const given = { app_key: app.appKey, app_secret, grant_type: 'refresh_token', refresh_token: 'x' };
  return post({}, {}, `/omp/oauth/refresh?${new URLSearchParams(given)}`);
};

/** How each row is reached. */
const ways: Readonly<Record<string, () => Promise<Response>>> = {
  '0': () => call({}),
  '1023006': () => asOtherSecret(1),
  '1023007': () => withAuthorization('AKSK profile="UsernameToken",type="Appkey"'),
  '1023008': () => withAuthorization('AKSK realm="SDP",type="Appkey"'),
  '1023009': () => withAuthorization('AKSK realm="X",profile="UsernameToken",type="Appkey"'),
  '1023010': () => withAuthorization('AKSK realm="SDP",profile="X",type="Appkey"'),
  '1023011': () => withAuthorization('AKSK realm="SDP",profile="UsernameToken",type="X"'),
  '1023012': () => withAuthorization('AKSK realm="SDP",profile="UsernameToken"'),
  '1023033': () => {
    const { 'x-aksk': _absent, ...rest } = signed();
    return post(rest);
  },
  '1023034': () => without(/Username="[^"]*",/),
  '1023035': () => without(/Nonce="[^"]*",/),
  '1023036': () => without(/,Created="[^"]*"/),
  '1023037': () => without(/PasswordDigest="[^"]*",/),
  '1023038': () => without(/^UsernameToken /),
  '1010013': async () => {
    const early = signed();
    await platform.clock.advance(300_000 + 1_000);
    return post(early);
  },
  '1010002': () => call({ calleeNbr: undefined }),
  '1010003': () => post(signed({ ...app, appKey: 'nobody' })),
  '1010006': () => fetch(`${platform.url}${CLICK2CALL}`, { headers: signed() }),
  '1010007': async () => {
    const account = await platform.accounts.account(app.spId);
    if (account) await platform.accounts.putAccount({ ...account, state: 'frozen' });
    return call({});
  },
  '1010008': async () => {
    await change({ state: 'suspended' });
    return call({});
  },
  '1010009': () => refreshWith('wrong'),
  '1010010': async () => {
    await platform.calls.drain(0);
    return call({});
  },
  '1010011': async () => {
    await platform.close();
    platform = new HttpPlatform();
    const { app: sandbox } = await platform.administration.ensureSandboxApp('callback');
    await platform.listen({ commercial: true });
    return post(signed(sandbox));
  },
  '1010023': () => call({ displayNbr: '+8675528000009' }),
  '1010024': () => call({ callerNbr: '13500000001' }),
  '1010025': () => call({ calleeNbr: '13500000002' }),
  '1011006': () => limited('callee', wanted.calleeNbr),
  '1013001': () => limited('account', app.spId),
  '1013002': () => limited('app', '*'),
  '1013003': () => limited('number', DISPLAY),
  '1012002': () => notify({ approved: false, paras: ['3'] }),
  '1012003': () => notify(undefined),
  '1012004': () => notify({ approved: true, paras: [] }),
  '1012007': async () => {
    await change({ recording: true });
    return fetch(`${platform.url}${RECORD}?fileName=none.wav&recordDomain=ovc.test`, { headers: signed() });
  },
  '1012012': () => call({ recordFlag: 'true' }),
  '1012001': async () => {
    const other = await appOf('callback');
    await platform.administration.addNumber('+8675528000008', other.appKey, 'service');
    await platform.administration.setNumberState(DISPLAY, 'suspended');
    return call({ bindNbr: '+8675528000008' });
  },
  '1020151': async () => {
    await platform.administration.setNumberState(DISPLAY, 'suspended');
    return call({ bindNbr: '+8675528000008' });
  },
  '1020152': () =>
    post(signed(), { sessionid: 'x', signal: 'call_stop' }, '/rest/httpsessions/callStop/v2.0'),
  '1020165': async () => {
    await change({ ports: 0 });
    return call({});
  },
  '1020166': async () => {
    await change({ allowedAddresses: ['192.0.2.1'] });
    return call({});
  },
  '1020176': () => asOtherSecret(21),
  '1010001': () => {
    platform.store.failure = new Error('the disk is full');
    return call({});
  },
  '1010004': () => post({}, wanted, `${CLICK2CALL}?app_key=${app.appKey}&access_token=x`),
  '1010005': () => byToken(48 * 3_600_000),
  '1023013': () => post({ authorization: 'Basic x', 'x-wsse': 'UsernameToken' }),
  '1023026': () => post({ authorization: WSSE }),
  '1023027': () => byWsse(/Username="[^"]*",/),
  '1023028': () => byWsse(/Nonce="[^"]*",/),
  '1023029': () => byWsse(/,Created="[^"]*"/),
  '1023030': () => byWsse(/PasswordDigest="[^"]*",/),
  '1023031': () => byWsse(/Created="[^"]*"/, 'Created="now"'),
};

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber(DISPLAY, app.appKey);
  await platform.listen();
});
afterEach(() => platform.close());

describe('numbers that are not called', () => {
  it.each([
    ['callee', '1010025', { calleeNbr: '+869918888888' }],
    ['caller of a callback', '1010024', { callerNbr: '+868916333333' }],
  ])('as %s are refused with %s', async (_role, code, changed) => {
    expect(await (await call(changed)).json()).toMatchObject({ resultcode: code });
  });
});

describe('the result codes of the documentation', () => {
  it('are each reached below, or said not to be answered with the reason, and not both', () => {
    const codes = documented.map(({ code }) => code);
    expect([...Object.keys(ways), ...notAnswered].sort()).toEqual([...codes].sort());
  });

  it.each(documented.filter(({ code }) => code in ways))(
    '$code is answered',
    async ({ http, code, text }) => {
      const response = await ways[code]?.();
      const body = (await response?.json()) as { resultcode: string; resultdesc: string };
      expect([response?.status, body.resultcode]).toEqual([http, code]);
      // This one's text is not public; the table says what it means.
      const shown = code === '1012001' ? 'The app_key and service number are not bound.' : text;
      // This one names the parameter that is wrong.
      expect(body.resultdesc).toBe(code === '1010002' ? `${text} calleeNbr` : shown);
    },
  );
});
