import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/accounts/account.ts';
import { releaseCauseDescription } from '../../src/call/catalogue/release-causes.ts';
import { HttpPlatform } from '../support/http-platform.ts';
import { settle } from '../support/manual-clock.ts';

/** The first cells of the tables of a page, or of one section of it, where they are numbers or a range of them. */
function codesOf(page: string, section?: string): number[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const part = section === undefined ? text : (text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '');
  return [...part.matchAll(/^\| (\d+)(?:-(\d+))? \|/gm)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  );
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

/** A callback whose caller, who is dialled first, cannot be had. */
function callerFails(sipStatus: number, q850?: number): Promise<string> {
  platform.phones.A = (leg) => leg.fail(sipStatus, q850);
  return call();
}

/** A call that waits for its turn in vain, because of a limit of this scope. */
async function waitsInVain(scope: string, subject: string): Promise<string> {
  const amounts = { callsPerMinute: 1, excess: 'queue', longestWait: 60 };
  const path = `/admin/v1/limits/${scope}/${encodeURIComponent(subject)}`;
  expect(await platform.admin('PUT', path, amounts)).toMatchObject({ status: 200 });
  await call();
  const sessionId = await call();
  await begun();
  // What was set when it was accepted would have let it go in time.
  expect(await platform.admin('PUT', path, { ...amounts, concurrentCalls: 0 })).toMatchObject({
    status: 200,
  });
  await platform.clock.advance(60_000);
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
  8106: () => callerFails(404),
  8107: () => callerFails(480, 19),
  8108: () => callerFails(486),
  8109: () => callerFails(480),
  8110: () => callerFails(480, 20),
  8111: () => callerFails(603),
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
  readonly cdr?: {
    readonly sessionId: string;
    readonly ulFailReason: number;
    readonly callOutUnaswRsn: number;
    readonly fwdUnaswRsn: number;
    readonly sipStatusCode: number;
  };
}

/** An ended call with its record. */
async function ended(sessionId: string): Promise<Shown & Required<Pick<Shown, 'cdr'>>> {
  let shown: Shown | undefined;
  const path = `/admin/v1/calls/${encodeURIComponent(sessionId)}`;
  await expect
    .poll(async () => (shown = (await platform.admin<Shown>('GET', path)).body).cdr?.sessionId)
    .toBe(sessionId);
  if (shown?.cdr === undefined) throw new Error('no record');
  return { ...shown, cdr: shown.cdr };
}

describe('the release causes of the documentation', () => {
  it('each occur below, or are said not to with the reason, and not both', () => {
    const listed = [...Object.keys(ways).map(Number), ...neverOccurring];
    expect(listed.sort()).toEqual([...documented, 8106, 8107, 8108, 8109, 8110, 8111].sort());
  });

  it.each(Object.keys(ways))('%s ends a call, with its text and one record', async (code) => {
    const { events } = await ended(await ways[Number(code)]!());
    const ends = events.filter(({ type }) => type === 'disconnect');
    const stateDesc = releaseCauseDescription(Number(code));
    expect(ends).toMatchObject([{ stateCode: Number(code), stateDesc }]);
  });
});

/** What ends a call at each teardown point; most are the points of a release cause. */
const pointWays: Readonly<Record<number, () => Promise<string>>> = {
  0: ways[0]!,
  100: ways[8008]!,
  507: ways[8015]!,
  513: ways[8020]!,
  514: ways[8003]!,
  518: () => calleeFails(500, 41),
  519: () => callerFails(500, 41),
  520: () => {
    platform.phones.A = (leg) => (leg.ring(), leg.fail(500, 41));
    return call();
  },
  522: ways[7109]!,
  524: ways[8006]!,
  530: async () => {
    const sessionId = await call({ playPreVoice: 'true', preVoice: 'one.wav' });
    await begun();
    platform.telephony.leg('A').hangUpByUser();
    return sessionId;
  },
  552: ways[8009]!,
  553: async () => {
    platform.phones.B = () => platform.telephony.leg('A').hangUpByUser();
    const sessionId = await call();
    await hearOut();
    return sessionId;
  },
  7001: ways[7001]!,
  7002: ways[7002]!,
  7003: ways[7003]!,
  7004: ways[7004]!,
  7005: ways[8018]!,
  7108: ways[7108]!,
  8000: ways[8000]!,
  8001: async () => {
    // The limit of one callee has no cause of its own.
    return waitsInVain('callee', callback.calleeNbr);
  },
  8004: ways[8004]!,
  8005: ways[8005]!,
  8010: ways[8010]!,
  8017: ways[8017]!,
  8020: async () => {
    const sessionId = await call();
    await hearOut();
    const drained = platform.calls.drain(0);
    await platform.clock.advance(0);
    await drained;
    return sessionId;
  },
  8100: ways[8100]!,
  8101: ways[8101]!,
  8102: ways[8102]!,
  8103: ways[8103]!,
  8104: ways[8104]!,
  8105: ways[8105]!,
  8106: ways[8106]!,
  8107: ways[8107]!,
  8108: ways[8108]!,
  8109: ways[8109]!,
  8110: ways[8110]!,
  8111: ways[8111]!,
};

describe('the teardown points of the documentation', () => {
  it('each occur below, or are said not to with the reason, and not both', () => {
    const isStatus = (code: number): boolean => code >= 400 && code <= 699;
    const points = codesOf('codes/teardown-points.md');
    // 400-699 is a row of its own: any status. What stands in that range by itself is listed by itself.
    const statuses = Array.from({ length: 300 }, (_, index) => 400 + index);
    const single = points.filter(
      (code) => !isStatus(code) || points.filter((each) => each === code).length > 1,
    );
    const known = new Set(single.filter((code) => code < 8000 || code > 8020 || documented.includes(code)));
    const never = codesOf('compatibility.md', 'Teardown points that do not occur');
    const listed = [...Object.keys(pointWays).map(Number), ...never];
    expect(statuses.every((code) => points.includes(code))).toBe(true);
    expect(listed.sort()).toEqual([...known].sort());
  });

  it.each(Object.keys(pointWays))('%s stands in the record of a call', async (point) => {
    const { cdr } = await ended(await pointWays[Number(point)]!());
    expect(cdr.ulFailReason).toBe(Number(point));
  });

  it.each([400, 403, 500, 606])(
    'SIP status %s stands there where the far end gave no more',
    async (status) => {
      const { cdr } = await ended(await calleeFails(status));
      expect(cdr).toMatchObject({ ulFailReason: status, sipStatusCode: status });
    },
  );

  it('but 518 does for a status that names something else in the table', async () => {
    expect((await ended(await calleeFails(503))).cdr).toMatchObject({
      ulFailReason: 518,
      sipStatusCode: 503,
    });
  });
});

describe('the Q.850 causes of the documentation', () => {
  const causes = codesOf('codes/q850-causes.md');

  it('0 stands for a leg that did not fail', async () => {
    expect((await ended(await ways[8010]!())).cdr).toMatchObject({ callOutUnaswRsn: 0, fwdUnaswRsn: 0 });
  });

  it.each(causes.filter((cause) => cause > 0))(
    '%s of a far end stands in the record of the leg that failed',
    async (cause) => {
      const callee = await ended(await calleeFails(480, cause));
      expect(callee.cdr).toMatchObject({ callOutUnaswRsn: 0, fwdUnaswRsn: cause });
      const caller = await ended(await callerFails(480, cause));
      expect(caller.cdr).toMatchObject({ callOutUnaswRsn: cause, fwdUnaswRsn: 0 });
    },
  );
});
