import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/accounts/account.ts';
import { releaseCauseDescription } from '../../src/call/catalogue/release-causes.ts';
import { HttpPlatform } from '../support/http-platform.ts';
import { settle } from '../support/manual-clock.ts';

/** The first cells of the tables of a page, or of one section of it, where they are numbers. */
function codesOf(page: string, section?: string): number[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const part = section === undefined ? text : (text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '');
  return [...part.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
}

const documented = codesOf('codes/release-causes.md');
const neverOccurring = codesOf('compatibility.md', 'Release causes that do not occur');

const DISPLAY = '+8675528000001';
const SHOWN = '+8675528000002';
const callback = {
  displayNbr: DISPLAY,
  callerNbr: '+8613500000001',
  displayCalleeNbr: DISPLAY,
  calleeNbr: '+8613500000002',
};

let platform: HttpPlatform;
let callbackApp: App;
let notificationApp: App;

async function place(app: App, path: string, body: object): Promise<string> {
  const response = await platform.post(path, platform.signed(app), body);
  const answer = (await response.json()) as { sessionId: string };
  expect([response.status, answer]).toMatchObject([200, { resultcode: '0' }]);
  await settle();
  return answer.sessionId;
}

const call = (changed: object = {}): Promise<string> =>
  place(callbackApp, '/rest/httpsessions/click2Call/v2.0', { ...callback, ...changed });

const notify = (segment: object, version = 'v2.0'): Promise<string> => {
  const body = { displayNbr: SHOWN, calleeNbr: callback.calleeNbr, playInfoList: [segment] };
  return place(notificationApp, `/rest/httpsessions/callnotify/${version}`, body);
};

/** A call begins once its answer is on its way. */
const begun = (): Promise<void> => expect.poll(() => platform.telephony.legs.length).toBeGreaterThan(0);

/** Lets what is being played end, so often that every prompt of a call is over. */
async function hearOut(): Promise<void> {
  await begun();
  for (let prompt = 0; prompt < 6; prompt++) {
    await settle();
    for (const leg of platform.telephony.legs) leg.finishPrompt();
    await settle();
  }
}

/** A callback whose callee cannot be had. */
async function calleeFails(sipStatus: number, q850?: number): Promise<string> {
  platform.phones.B = (leg) => leg.fail(sipStatus, q850);
  const sessionId = await call();
  await hearOut();
  return sessionId;
}

/** A call that waits for its turn in vain, because of a limit of this scope. */
async function waitsInVain(scope: string, subject: string): Promise<string> {
  const amounts = { callsPerMinute: 1, excess: 'queue', longestWait: 5 };
  const path = `/admin/v1/limits/${scope}/${encodeURIComponent(subject)}`;
  expect(await platform.admin('PUT', path, amounts)).toMatchObject({ status: 200 });
  await call();
  const sessionId = await call();
  await begun();
  await platform.clock.advance(5_000);
  expect(platform.telephony.legs.map(({ request }) => request.sessionId)).not.toContain(sessionId);
  return sessionId;
}

/** What ends a call with each cause. */
const ways: Readonly<Record<number, () => Promise<string>>> = {
  0: async () => {
    const sessionId = await notify({ notifyVoice: 'one.wav' });
    await hearOut();
    return sessionId;
  },
  7001: () => waitsInVain('account', callbackApp.spId),
  7002: () => waitsInVain('app', '*'),
  7003: () => waitsInVain('number', DISPLAY),
  7004: async () => {
    const path = `/admin/v1/barred-numbers/callee/${encodeURIComponent(callback.calleeNbr)}`;
    expect(await platform.admin('PUT', path, { note: 'asked for peace' })).toMatchObject({ status: 200 });
    const sessionId = await call();
    expect(platform.telephony.legs).toEqual([]);
    return sessionId;
  },
  8018: async () => {
    const path = `/admin/v1/barred-numbers/caller/${encodeURIComponent('+86135*')}`;
    expect(await platform.admin('PUT', path, {})).toMatchObject({ status: 200 });
    return call();
  },
  7108: async () => {
    const account = await platform.accounts.account(callbackApp.spId);
    if (account === undefined) throw new Error('no account');
    platform.phones.A = async (leg) => {
      await platform.accounts.putAccount({ ...account, state: 'frozen' });
      leg.answer();
    };
    const sessionId = await call();
    await hearOut();
    return sessionId;
  },
  7109: () => {
    platform.phones.A = (leg) => leg.end({ kind: 'failed', cause: {}, local: 'no-port' });
    return call();
  },
  8000: () => {
    platform.telephony.dial = () => {
      throw new Error('broken');
    };
    return call();
  },
  8001: () => {
    platform.phones.A = (leg) => leg.fail(500);
    return call();
  },
  8002: () => {
    platform.phones.A = (leg) => (leg.announceFailure(34), leg.fail(500));
    return call();
  },
  8003: async () => {
    platform.phones.A = (leg) => leg.ring();
    const sessionId = await call();
    await begun();
    await platform.clock.advance(60_000);
    return sessionId;
  },
  8004: () => {
    platform.phones.A = (leg) => (leg.ring(), leg.fail(603));
    return call();
  },
  8005: () => notify({ ttsContent: 'unspeakable' }, 'v1.0'),
  8006: () => notify({ notifyVoice: 'missing.wav' }),
  8008: async () => {
    const sessionId = await notify({ notifyVoice: 'one.wav', collectInd: 1 });
    await hearOut();
    await platform.clock.advance(5_000);
    return sessionId;
  },
  8009: async () => {
    platform.phones.B = (leg) => (leg.ring(), platform.telephony.leg('A').hangUpByUser());
    const sessionId = await call();
    await hearOut();
    return sessionId;
  },
  8010: async () => {
    const sessionId = await call({ maxDuration: 1 });
    await hearOut();
    await platform.clock.advance(60_000);
    return sessionId;
  },
  8015: async () => {
    platform.telephony.recordingFails = true;
    const sessionId = await call({ recordFlag: 'true' });
    await hearOut();
    return sessionId;
  },
  8017: async () => {
    const sessionId = await call();
    await platform.post('/rest/httpsessions/callStop/v2.0', platform.signed(callbackApp), {
      sessionid: sessionId,
      signal: 'call_stop',
    });
    return sessionId;
  },
  8020: async () => {
    const sessionId = await call();
    await hearOut();
    platform.telephony.leg('A').end({ kind: 'lost', reason: 'silent-media' });
    return sessionId;
  },
  8100: () => calleeFails(404),
  8101: () => calleeFails(480, 19),
  8102: () => calleeFails(486),
  8103: () => calleeFails(480),
  8104: () => calleeFails(480, 20),
  8105: () => calleeFails(603),
};

beforeEach(async () => {
  platform = new HttpPlatform();
  const { administration } = platform;
  callbackApp = await administration.createApp({ name: 'Cars', capability: 'callback', recording: true });
  notificationApp = await administration.createApp({ name: 'Parcels', capability: 'notification' });
  await administration.addNumber(DISPLAY, callbackApp.appKey);
  await administration.addNumber(SHOWN, notificationApp.appKey);
  await platform.listen();
});
afterEach(() => platform.close());

interface Shown {
  readonly events: readonly { type: string; stateCode?: number; stateDesc?: string }[];
  readonly cdr?: { readonly sessionId: string };
}

describe('the release causes of the documentation', () => {
  it('each occur below, or are said not to with the reason, and not both', () => {
    const listed = [...Object.keys(ways).map(Number), ...neverOccurring];
    expect(listed.sort()).toEqual([...documented].sort());
  });

  it.each(Object.keys(ways))('%s ends a call, with its text and one record', async (code) => {
    const sessionId = await ways[Number(code)]?.();
    const shown = async (): Promise<Shown> => {
      const path = `/admin/v1/calls/${encodeURIComponent(sessionId ?? '')}`;
      return (await platform.admin<Shown>('GET', path)).body;
    };
    await expect.poll(async () => (await shown()).cdr?.sessionId).toBe(sessionId);
    const ends = (await shown()).events.filter(({ type }) => type === 'disconnect');
    const stateDesc = releaseCauseDescription(Number(code));
    expect(ends).toMatchObject([{ stateCode: Number(code), stateDesc }]);
  });
});
