import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CapturedStream, Heard } from '../support/rtp-capture.ts';
import {
  acknowledge,
  expectCall,
  expectResponse,
  type Having,
  type MessageOptions,
  pause,
  request,
  sdp,
  type SdpOptions,
  type Step,
  stream,
} from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';
import { answers, hangsUp, isHungUp, refuses, talks } from './phone-steps.ts';

/** Long enough to be heard, or to be missed, ms. */
const A_WHILE = 1_000;
/** How long nothing was sent to a phone on hold at least. */
const HELD = 700;

/** What a phone asks for within the call, and how the platform has to answer. */
interface Question extends MessageOptions {
  readonly method: string;
  readonly status: number;
  readonly having?: Having;
}

/** Asks one after the other, with CSeq 1, 2, 3 ... */
const asks = (questions: readonly Question[]): Step[] =>
  questions.flatMap(({ method, status, having, ...message }, index): Step[] => {
    const cseq = index + 1;
    if (method !== 'INVITE')
      return [request(method, { cseq, ...message }), expectResponse(status, { having })];
    return [
      request('INVITE', { cseq, ...message }),
      expectResponse(100, { optional: true }),
      expectResponse(status, { having }),
      acknowledge(cseq, status < 300 ? {} : { stepsBack: 3 }),
    ];
  });

/** A re-INVITE with this description; the answer must hold the line `agreed`. */
const offers = (cseq: number, description: SdpOptions, agreed: string): Step[] => [
  request('INVITE', { cseq, body: sdp({ version: cseq + 1, ...description }) }),
  expectResponse(100, { optional: true }),
  expectResponse(200, { having: { body: agreed } }),
  acknowledge(cseq),
];

const heardAroundHold = (stream: CapturedStream): Heard[][] => stream.between(HELD).map(({ heard }) => heard);

describeWith(sippBehindKamailio, 'a running call that a phone changes', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start();
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const a = (steps: readonly Step[] = isHungUp()) => network.phone([...talks(network.tone(500)), ...steps]);
  const b = (steps: readonly Step[]) => network.phone([...talks(network.tone(1_300)), ...steps]);

  it.each([
    { hold: { direction: 'sendonly' }, agreed: 'a=recvonly' },
    { hold: { direction: 'inactive' }, agreed: 'a=inactive' },
    { hold: { connection: '0.0.0.0' }, agreed: 'a=recvonly' },
  ] as const)('B holds with $hold and takes the call up again', async ({ hold, agreed }) => {
    await using caller = await a();
    await using callee = await b([
      pause(A_WHILE),
      ...offers(1, hold, agreed),
      pause(A_WHILE),
      ...offers(2, { direction: 'sendrecv' }, 'a=sendrecv'),
      ...hangsUp(A_WHILE, { cseq: 3 }),
    ]);
    await network.call(caller, callee);
    expect(heardAroundHold(await network.sentTo(callee))).toEqual([[500], [500]]);
    expect((await network.sentTo(caller)).heard.at(-1)).toBe(1_300);
  });

  it('A holds and takes the call up again', async () => {
    await using caller = await a([
      pause(A_WHILE),
      ...offers(1, { direction: 'sendonly' }, 'a=recvonly'),
      pause(A_WHILE),
      ...offers(2, { direction: 'sendrecv' }, 'a=sendrecv'),
      ...hangsUp(A_WHILE, { cseq: 3 }),
    ]);
    await using callee = await b(isHungUp());
    await network.call(caller, callee);
    const [before, after] = heardAroundHold(await network.sentTo(caller));
    expect([before?.at(-1), after]).toEqual([1_300, [1_300]]);
  });

  it('B goes from PCMA to PCMU', async () => {
    await using caller = await a();
    await using callee = await b([
      pause(A_WHILE),
      ...offers(1, { codecs: ['PCMU'] }, 'm=audio [0-9]+ RTP/AVP 0 101'),
      stream(network.tone(900, 'PCMU'), 'PCMU'),
      ...hangsUp(A_WHILE, { cseq: 2 }),
    ]);
    await network.call(caller, callee);
    const sent = await network.sentTo(callee);
    expect(sent.heard).toEqual([500]);
    expect([...sent.payloadTypes]).toEqual([8, 0]);
    expect((await network.sentTo(caller)).heard.slice(-2)).toEqual([1_300, 900]);
  });

  it('B asks for an offer, and holds in its answer', async () => {
    await using caller = await a();
    await using callee = await b([
      pause(A_WHILE),
      request('INVITE', { cseq: 1 }),
      expectResponse(100, { optional: true }),
      expectResponse(200, { having: { body: 'm=audio [0-9]+ RTP/AVP 8 0 101' } }),
      acknowledge(1, { body: sdp({ version: 2, direction: 'sendonly' }) }),
      pause(A_WHILE),
      ...offers(2, { direction: 'sendrecv' }, 'a=sendrecv'),
      ...hangsUp(A_WHILE, { cseq: 3 }),
    ]);
    await network.call(caller, callee);
    expect(heardAroundHold(await network.sentTo(callee))).toEqual([[500], [500]]);
  });

  it('B offers while our own offer is open: glare', async () => {
    await using caller = await a();
    await using callee = await b([
      request('INVITE', { cseq: 1 }),
      expectResponse(100, { optional: true }),
      expectResponse(200),
      request('UPDATE', { cseq: 2, body: sdp({ version: 2 }) }),
      expectResponse(491),
      acknowledge(1, { body: sdp({ version: 2 }) }),
      ...hangsUp(A_WHILE, { cseq: 3 }),
    ]);
    await network.call(caller, callee);
    expect((await network.sentTo(callee)).heard).toEqual([500]);
  });

  it('what B asks for is answered, and the call goes on', async () => {
    const opus = sdp('m=audio [media_port] RTP/AVP 111\na=rtpmap:111 opus/48000/2');
    await using caller = await a();
    await using callee = await b([
      ...asks([
        { method: 'OPTIONS', status: 200, having: { Allow: 'UPDATE' } },
        {
          method: 'INFO',
          contentType: 'application/dtmf-relay',
          body: 'Signal=5\nDuration=160\n',
          status: 200,
        },
        {
          method: 'INFO',
          contentType: 'application/xml',
          body: '<x/>',
          status: 415,
          having: { Accept: 'dtmf' },
        },
        { method: 'INFO', headers: ['Info-Package: foo'], status: 469 },
        { method: 'MESSAGE', status: 405, having: { Allow: 'INVITE' } },
        { method: 'FOO', status: 501, having: { Allow: 'INVITE' } },
        { method: 'PRACK', headers: ['RAck: 1 1 INVITE'], status: 481 },
        { method: 'UPDATE', status: 200 },
        { method: 'UPDATE', body: sdp({ version: 2 }), status: 200, having: { body: 'a=sendrecv' } },
        {
          method: 'UPDATE',
          headers: ['Require: precondition'],
          status: 420,
          having: { Unsupported: 'precondition' },
        },
        { method: 'INVITE', body: opus, status: 488 },
        { method: 'INVITE', contentType: 'text/plain', body: 'v=0', status: 415, having: { Accept: 'sdp' } },
        { method: 'INVITE', body: sdp({ version: 2 }), status: 200, having: { body: 'a=sendrecv' } },
      ]),
      request('OPTIONS', { cseq: 5 }),
      expectResponse(500),
      ...hangsUp(A_WHILE, { cseq: 20 }),
    ]);
    const call = await network.call(caller, callee);
    expect(call.cdr).toMatchObject({ ulFailReason: 0 });
    expect((await network.sentTo(caller)).heard.at(-1)).toBe(1_300);
    expect((await network.sentTo(callee)).heard).toEqual([500]);
  });

  it('session timers are agreed on and refreshed by B', async () => {
    const expires = (value: string): string[] => [`Session-Expires: ${value}`, 'Supported: timer'];
    await using caller = await a();
    await using callee = await network.phone([
      expectCall({ 'Session-Expires': '^ *1800', Supported: 'timer' }),
      ...refuses('422 Session Interval Too Small', { headers: ['Min-SE: 3600'] }),
      expectCall({ 'Session-Expires': '^ *3600', 'Min-SE': '^ *3600' }),
      ...answers({}, ['Require: timer', 'Session-Expires: 3600;refresher=uas']),
      stream(network.tone(1_300)),
      ...asks([
        {
          method: 'UPDATE',
          headers: expires('3600;refresher=uac'),
          status: 200,
          having: { 'Session-Expires': '3600;refresher=uac', Require: 'timer' },
        },
        { method: 'UPDATE', headers: expires('60'), status: 422, having: { 'Min-SE': '^ *90' } },
        {
          method: 'INVITE',
          headers: expires('90;refresher=uas'),
          body: sdp(),
          status: 200,
          having: { 'Session-Expires': '90;refresher=uas' },
        },
      ]),
      ...hangsUp(A_WHILE, { cseq: 4 }),
    ]);
    const call = await network.call(caller, callee);
    expect(story(call).slice(3)).toEqual(['callout B', 'answer B', 'disconnect B']);
  });
});
