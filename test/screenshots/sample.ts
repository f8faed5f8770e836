/** A platform that looks as after a morning of work: something on every page of the console. */
import { tone } from '../../src/audio/tone.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { udpCarrier } from '../support/carrier.ts';
import { freePort } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';
import { type AppAccess, PlatformClient } from '../support/platform-client.ts';
import { callApi } from '../support/signed-request.ts';
import { ask, PASSWORD } from '../support/signed-in.ts';

/** Of the sandbox: answers, is busy, rings out, rejects, hangs up after three seconds. */
const phones = {
  answers: '+8613500000002',
  busy: '+8613500000010',
  rings: '+8613500000011',
  rejects: '+8613500000012',
  isOff: '+8613500000013',
  hangsUp: '+8613500000015',
} as const;

const [NOTICES, SHOP, SHOP_OTHER] = ['+8675529000020', '+8675529000021', '+8675529000022'];
const BARRED = '+8613500000066';
const nobody = Buffer.from('http://127.0.0.1:9/records').toString('base64');

export const USER = { name: 'mei', password: PASSWORD };

export interface Sample {
  readonly url: string;
  /** A call whose parties spoke, with its recording. */
  readonly sessionId: string;
  /** The trunk comes last: with one, nothing is a sandbox any more. */
  addTrunks(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function upload(platform: TestPlatform, name: string, approve: boolean, words: string): Promise<void> {
  const form = new FormData();
  form.set('name', name);
  form.set('description', words);
  form.set('approve', String(approve));
  form.set('file', new Blob([new Uint8Array(writeWav(tone([440, 660], 2_000)))]), name);
  const { http, token } = platform.access;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${http}/admin/v1/voice-files`, { method: 'POST', headers, body: form });
  if (!answer.ok) throw new Error(await answer.text());
}

async function addMaterial(platform: TestPlatform): Promise<void> {
  await upload(platform, 'welcome.wav', true, '欢迎 / Welcome');
  await upload(platform, 'parcel.wav', true, 'Your parcel is here');
  await upload(platform, 'holiday.wav', false, '节假日通知');
  const submit = async (name: string, content: string): Promise<string> =>
    ((await platform.admin('POST', '/templates', { name, content })) as { templateId: string }).templateId;
  const pickUp = await submit('Pick up', '您好，您的取件码是${NUM_6}，请在今天领取。');
  await platform.admin('POST', `/templates/${pickUp}/approve`);
  const rejected = await submit('Sale', '亲，快来抢购${TXT_10}！');
  await platform.admin('POST', `/templates/${rejected}/reject`, { reason: 'Says nothing of the shop.' });
  await submit('Appointment', '您预约的时间是${DATE}，请准时到达。');
}

async function addPeople(platform: TestPlatform): Promise<void> {
  for (const [name, role] of [
    ['mei', 'owner'],
    ['chen', 'administrator'],
    ['lin', 'reviewer'],
    ['zhao', 'read-only'],
  ])
    await platform.admin('POST', '/users', { name, role, password: PASSWORD });
  for (const [name, spId] of [
    ['Blue Harbour', 'blue-harbour'],
    ['南山物流', 'nanshan'],
  ])
    await platform.admin('POST', '/accounts', { name, spId });
  await ask({ url: platform.platform.http }, 'POST', '/session', { body: { ...USER, bearer: true } });
}

async function addEnterprises(platform: TestPlatform): Promise<void> {
  const record = {
    licenceCode: '91440300MA5EXAMPLE',
    legalPersonId: '440300199001011234',
    scene: 'Parcels',
    script: '您的包裹到了。',
    peakConcurrency: 20,
  };
  const submit = async (name: string): Promise<string> => {
    const submitted = await platform.admin('POST', '/enterprises', { ...record, name });
    return (submitted as { enterpriseId: string }).enterpriseId;
  };
  const enterpriseId = await submit('Blue Harbour Ltd');
  await submit('南山物流有限公司');
  await platform.admin('POST', `/enterprises/${enterpriseId}/approve`);
  const order = async (city: string, quantity: number): Promise<string> => {
    const made = await platform.admin('POST', '/number-orders', { enterpriseId, city, quantity });
    return (made as { orderId: string }).orderId;
  };
  const granted = await order('Shenzhen', 2);
  await platform.admin('POST', `/number-orders/${granted}/review`);
  const numbers = ['+8675528000031', '+8675528000032'];
  await platform.admin('POST', `/number-orders/${granted}/grant`, { numbers });
  await order('上海', 5);
}

async function addProtection(platform: TestPlatform, shop: AppAccess): Promise<void> {
  const put = (path: string, body: object): Promise<unknown> => platform.admin('PUT', path, body);
  await put('/limits/callee/*', { callsPerDay: 20 });
  await put(`/limits/callee/${encodeURIComponent(BARRED)}`, { callsPerDay: 0 });
  await put('/limits/platform/*', { callsPerSecond: 50, concurrentCalls: 500 });
  const slow = { callsPerMinute: 1, excess: 'queue', longestWait: 3_600 };
  await put(`/limits/app/${shop.appKey}`, slow);
  await put('/barred-numbers/callee/%2B8613500000009', { note: 'asked for peace' });
  await put('/barred-numbers/caller/%2B8613500000008', { note: '投诉' });
  await put('/prices/%2B86', { perMinute: 0.12 });
  await put(`/guards/${platform.app.appKey}`, { calls: 'all', countries: ['CN'], dailyBudget: 50 });
  await put(`/apps/${shop.appKey}/pools/shop`, { numbers: [SHOP, SHOP_OTHER], callsPerDay: 200 });
}

async function addCalls(platform: TestPlatform, notices: AppAccess, shop: AppAccess): Promise<string> {
  const callerNbr = '+8613500000001';
  const { answers, ...others } = phones;
  for (const calleeNbr of [others.busy, others.rejects, others.isOff, others.hangsUp, others.hangsUp])
    await platform.ended(await platform.accepted({ callerNbr, calleeNbr }));
  const played = [{ notifyVoice: 'parcel.wav' }];
  for (const [calleeNbr, playInfoList] of [
    [answers, played],
    [others.busy, played],
  ] as const) {
    const body = { displayNbr: NOTICES, calleeNbr, playInfoList, feeUrl: nobody };
    const { http } = platform.access;
    const answer = await callApi(http, '/rest/httpsessions/callnotify/v2.0', notices, body);
    if (answer.body.sessionId !== undefined && answer.body.resultcode === '0')
      await platform.ended(answer.body.sessionId);
    else throw new Error(JSON.stringify(answer.body));
  }
  await platform.click2Call({ calleeNbr: BARRED });
  await platform.click2Call({ calleeNbr: '+8613500000009' });

  const statusUrl = Buffer.from(`${platform.platform.http}/receiver`).toString('base64');
  const talk = { callerNbr, calleeNbr: answers, recordFlag: 'true', statusUrl, userData: 'order 7' };
  const sessionId = await platform.accepted(talk);
  await platform.until(sessionId, 'answer', 'B');
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  await platform.stop(sessionId);
  await platform.ended(sessionId);

  const customer = new PlatformClient(platform.access, shop);
  for (const calleeNbr of [answers, others.hangsUp, answers, others.busy, answers])
    await customer.accepted({ displayNbr: SHOP, displayCalleeNbr: SHOP, callerNbr, calleeNbr });
  for (const calleeNbr of ['+8613500000003', '+8613500000004', '+8613500000005'])
    await platform.accepted({ callerNbr: '+8613500000006', calleeNbr });
  return sessionId;
}

export async function startSample(): Promise<Sample> {
  const platform = await TestPlatform.start(
    { feeRetries: '0', callRetention: '720h', hostName: 'voice.example.com', privateReceivers: true },
    { name: 'Couriers', recording: true },
  );
  await using started = new AsyncDisposableStack();
  started.use(platform);
  const app = { name: 'Notices', capability: 'notification' };
  const notices = await PlatformClient.createApp(platform.access, app, [NOTICES!]);
  const shop = await PlatformClient.createApp(platform.access, { name: 'Shop' }, [SHOP!, SHOP_OTHER!]);
  await addMaterial(platform);
  await addPeople(platform);
  await addEnterprises(platform);
  await addProtection(platform, shop);
  await platform.admin('POST', '/backups', {});
  const sessionId = await addCalls(platform, notices, shop);
  const carrier = started.use(await udpCarrier((request, { respond }) => [respond(request, 200)]));
  const silent = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const owned = started.move();
  return {
    url: platform.platform.http,
    sessionId,
    addTrunks: async () => {
      const addresses = [`127.0.0.1:${carrier.port}`];
      await platform.admin('POST', '/trunks', { name: 'city', addresses, maxCalls: 30, callsPerSecond: 5 });
      await platform.admin('POST', '/trunks', { name: 'reserve', addresses: [silent], transport: 'tcp' });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
