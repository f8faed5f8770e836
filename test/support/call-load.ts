/** Customers who place calls of every kind at random moments, and phones that behave in ways whose outcome is known. */
import type { Behaviour } from '../../src/phones/behaviours.ts';
import type { SeededRandom } from '../virtual-network/seeded-random.ts';
import type { Receiver } from './receiver.ts';
import type { PlatformClient } from './platform-client.ts';
import { type ApiAnswer, callApi } from './signed-request.ts';
import { sweep, uploadVoice, VoiceCustomer } from './voice-customer.ts';

/** Teardown points of calls that come to their own end (spec 10, table C); of one that does not, by `callStop`. */
const NORMAL = 0;
const CALLER_BUSY = 8108;
const CALLEE_BUSY = 8102;
const STOPPED = 8017;

const phones = {
  answering: '+8613500000101',
  alsoAnswering: '+8613500000106',
  leaving: '+8613500000102',
  busy: '+8613500000103',
  ringing: '+8613500000104',
  pressing: '+8613500000105',
  silent: '+8613500000107',
  alsoSilent: '+8613500000108',
} as const;

const NOTIFIES = '+8653159511234';
const VERIFIES = '+8653159511235';

interface Kind {
  readonly name: string;
  /** How many of a hundred calls are of this kind. */
  readonly share: number;
  readonly app: 'callback' | 'notification' | 'verification';
  /** Beside the addresses for pushes. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `ulFailReason` of the call when nobody interferes. */
  readonly ends: number;
}

const notification = {
  displayNbr: NOTIFIES,
  playInfoList: [{ notifyVoice: 'prompt.wav', collectInd: 2 }],
};
const verification = {
  displayNbr: VERIFIES,
  languageType: 2,
  preTone: 'prompt.wav',
  verifyCode: '1234',
  times: 0,
};

const recorded = { recordFlag: 'true', recordHintTone: 'prompt.wav' };

const kinds: readonly Kind[] = [
  {
    name: 'talk',
    share: 20,
    app: 'callback',
    body: { callerNbr: phones.answering, calleeNbr: phones.leaving },
    ends: NORMAL,
  },
  {
    name: 'recorded talk',
    share: 15,
    app: 'callback',
    body: { callerNbr: phones.answering, calleeNbr: phones.leaving, ...recorded },
    ends: NORMAL,
  },
  {
    name: 'caller busy',
    share: 5,
    app: 'callback',
    body: { callerNbr: phones.busy, calleeNbr: phones.leaving },
    ends: CALLER_BUSY,
  },
  {
    name: 'callee busy',
    share: 10,
    app: 'callback',
    body: { callerNbr: phones.answering, calleeNbr: phones.busy },
    ends: CALLEE_BUSY,
  },
  {
    name: 'unanswered',
    share: 5,
    app: 'callback',
    body: { callerNbr: phones.answering, calleeNbr: phones.ringing },
    ends: STOPPED,
  },
  {
    name: 'recorded without end',
    share: 5,
    app: 'callback',
    body: { callerNbr: phones.answering, calleeNbr: phones.alsoAnswering, ...recorded },
    ends: STOPPED,
  },
  {
    name: 'notification',
    share: 20,
    app: 'notification',
    body: { ...notification, calleeNbr: phones.pressing },
    ends: NORMAL,
  },
  {
    name: 'verification',
    share: 20,
    app: 'verification',
    body: { ...verification, calleeNbr: phones.leaving },
    ends: NORMAL,
  },
];

interface KeyedCall {
  readonly kind: Kind;
  readonly key: string;
}

/** Kinds of calls that are held, whose phones say nothing: thousands that spoke would need more processor than the platform. */
const silentKinds: readonly Kind[] = [
  {
    name: 'silent and unanswered',
    share: 0,
    app: 'callback',
    body: { callerNbr: phones.silent, calleeNbr: phones.ringing },
    ends: STOPPED,
  },
  {
    name: 'silent and recorded without end',
    share: 0,
    app: 'callback',
    body: { callerNbr: phones.silent, calleeNbr: phones.alsoSilent, ...recorded },
    ends: STOPPED,
  },
];

/** So many of the calls that are held have phones that speak. */
const SPEAKING = 300;

export interface PlacedCall {
  readonly kind: Kind;
  /** Between the request and its answer, ms since the epoch. */
  readonly at: number;
}

/** What the phones of these calls do; for {@link FarEnd}. */
export function loadBehaviour(random: SeededRandom): (number: string) => Behaviour {
  const rings = async (phone: Parameters<Behaviour>[0], most: number): Promise<void> => {
    phone.ring();
    await phone.wait(random.between(20, most));
  };
  const answers: Behaviour = async (phone) => {
    await rings(phone, 200);
    await phone.answer();
    phone.speak();
  };
  const answersInSilence: Behaviour = async (phone) => {
    await rings(phone, 200);
    await phone.answer();
  };
  const behaviours: Readonly<Record<string, Behaviour>> = {
    [phones.silent]: answersInSilence,
    [phones.alsoSilent]: answersInSilence,
    [phones.answering]: answers,
    [phones.alsoAnswering]: answers,
    [phones.leaving]: async (phone) => {
      await rings(phone, 400);
      await phone.answer();
      phone.speak();
      await phone.wait(random.between(100, 2_500));
      phone.hangUp();
    },
    [phones.busy]: async (phone) => phone.refuse(486),
    [phones.ringing]: async (phone) => phone.ring(),
    [phones.pressing]: async (phone) => {
      await rings(phone, 300);
      await phone.answer();
      await phone.wait(random.between(600, 1_500));
      phone.press('12', 'telephone-event');
    },
  };
  return (number) => behaviours[number] ?? (async (phone) => phone.refuse(404));
}

export class CallLoad {
  /** Accepted calls by session. */
  readonly accepted = new Map<string, PlacedCall>();
  /** Refusals by code. */
  readonly refused = new Map<string, number>();
  /** Whether calls are placed that do not end by themselves. */
  endlessToo = true;
  /** Requests that were cut off: nobody knows whether the call was accepted. */
  unanswered = 0;
  /** Whether each request has a key (`Idempotency-Key`), which its call has as its `userData` too. */
  keyed = false;
  readonly #notAccepted: KeyedCall[] = [];
  #keys = 0;
  readonly #apps: Readonly<
    Record<Kind['app'], { readonly path: string; readonly appKey: string; readonly appSecret: string }>
  >;
  readonly #http: string;
  readonly #urls: object;
  readonly #random: SeededRandom;
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    platform: PlatformClient,
    customers: readonly [VoiceCustomer, VoiceCustomer],
    receiver: Receiver,
    random: SeededRandom,
  ) {
    const [notifier, verifier] = customers;
    this.#http = platform.access.http;
    this.#random = random;
    const base64 = (path: string): string => Buffer.from(receiver.url(path)).toString('base64');
    this.#urls = { statusUrl: base64('/status'), feeUrl: base64('/fee') };
    this.#apps = {
      callback: { path: '/rest/httpsessions/click2Call/v2.0', ...platform.app },
      notification: { path: '/rest/httpsessions/callnotify/v2.0', ...notifier.app },
      verification: { path: '/rest/httpsessions/callVerify/v1.0', ...verifier.app },
    };
  }

  /** Makes the other apps, and the file they play. The platform may be restarted afterwards, at the same address. */
  static async prepare(
    platform: PlatformClient,
    receiver: Receiver,
    random: SeededRandom,
  ): Promise<CallLoad> {
    const notifier = await VoiceCustomer.of(platform, 'notification', NOTIFIES);
    const verifier = await VoiceCustomer.of(platform, 'verification', VERIFIES);
    await uploadVoice(platform.access, 'prompt.wav', sweep(400, 1_400, 400));
    return new CallLoad(platform, [notifier, verifier], receiver, random);
  }

  /** Sessions that do not end by themselves. */
  get endless(): string[] {
    return [...this.accepted].filter(([, { kind }]) => kind.ends === STOPPED).map(([sessionId]) => sessionId);
  }

  /** Places calls from now on, `burst` at once and then `perSecond`, at random moments. */
  start(perSecond: number, burst = 0): void {
    for (let placed = 0; placed < burst; placed += 1) this.place();
    const next = (): void => {
      this.#timer = setTimeout(
        () => {
          this.place();
          next();
        },
        (-Math.log(1 - this.#random.next()) * 1_000) / perSecond,
      );
    };
    next();
  }

  /** Places no more. Resolves when all requests have their answers. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** Places so many calls that do not end by themselves, as many of each kind, `perSecond`. */
  async raise(count: number, perSecond: number): Promise<void> {
    const endless = kinds.filter(({ ends }) => ends === STOPPED);
    for (let placed = 0; placed < count; placed += 1) {
      const among = placed < SPEAKING ? endless : silentKinds;
      this.place(among[placed % among.length]);
      await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    }
  }

  place(kind: Kind = this.#anyKind()): void {
    this.#follow(this.#place(kind, this.keyed ? `key-${(this.#keys += 1)}` : undefined));
  }

  /** Sends requests that were refused or cut off again, under their keys. @returns how many */
  async repeat(): Promise<number> {
    const again = this.#notAccepted.splice(0);
    for (const { kind, key } of again) {
      const placed = this.#place(kind, key);
      this.#follow(placed);
      await placed;
    }
    return again.length;
  }

  #follow(placing: Promise<void>): void {
    const followed = placing.finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }

  /** A call to a phone that is busy. @returns the ports that are left while it lasts, and its session */
  async probe(): Promise<{ readonly sessionId: string; readonly idlePort: number | undefined }> {
    const kind = kinds.find(({ ends }) => ends === CALLER_BUSY)!;
    const { sessionId = '', idlePort } = (await this.#request(kind, { returnIdlePort: 'true' })).body;
    this.accepted.set(sessionId, { kind, at: Date.now() });
    return { sessionId, idlePort };
  }

  #request(kind: Kind, more: object = {}, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const app = this.#apps[kind.app];
    const display = { displayNbr: '+8675528000003', displayCalleeNbr: '+8675528000002' };
    const body = { ...(kind.app === 'callback' ? display : {}), ...kind.body, ...this.#urls, ...more };
    return callApi(this.#http, app.path, app, body, headers);
  }

  async #place(kind: Kind, key?: string): Promise<void> {
    const at = Date.now();
    const keyed = key === undefined ? [] : [{ userData: key }, { 'Idempotency-Key': key }];
    try {
      const { resultcode = '', sessionId = '' } = (await this.#request(kind, ...keyed)).body;
      if (resultcode === '0') return void this.accepted.set(sessionId, { kind, at });
      this.refused.set(resultcode, (this.refused.get(resultcode) ?? 0) + 1);
    } catch {
      // The platform died, or is not up yet.
      this.unanswered += 1;
    }
    if (key !== undefined) this.#notAccepted.push({ kind, key });
  }

  #anyKind(): Kind {
    const among = kinds.filter(({ ends }) => this.endlessToo || ends !== STOPPED);
    let left = this.#random.next() * among.reduce((sum, { share }) => sum + share, 0);
    return among.find(({ share }) => (left -= share) < 0) ?? among[0]!;
  }
}
