import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acceleratedClock } from '../../test/support/accelerated-clock.ts';
import { findTones } from '../audio/spectrum.ts';
import { parseWav, wavSamples } from '../audio/wav.ts';
import type { OutgoingSession } from '../sip/user-agent/outgoing-session.ts';
import type { SessionEvent } from '../sip/user-agent/session-event.ts';
import { OfferAnswer } from '../sdp/offer-answer.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import type { Clock } from './clock.ts';
import { CallRecorder } from './call-recorder.ts';
import { HandsetMedia } from './handset-media.ts';
import { Switchboard } from './switchboard.ts';

const HOST = '127.0.0.1';

let directory: string;
let endpoint: SipEndpoint;
let switchboard: Switchboard;
let problems: unknown[];

/** The phones' time; their SIP timers keep real time. */
async function start(clock: Clock, recordings?: string, longestCall?: number): Promise<void> {
  problems = [];
  switchboard = await Switchboard.start({
    host: HOST,
    recordings,
    clock,
    longestCall,
    onProblem: (error) => problems.push(error),
  });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
  endpoint = await SipEndpoint.start({
    listen: { host: HOST, port: 0 },
    userAgent: { product: 'caller', inbound: 'refuse', redirects: 'refuse' },
  });
});
afterEach(async () => {
  await switchboard.close();
  await endpoint.close();
  await rm(directory, { recursive: true });
});

/** A call of ours: what happens is written down, and can be waited for. */
class Call {
  readonly events: SessionEvent[] = [];
  readonly negotiation: OfferAnswer;
  readonly session: OutgoingSession;
  #arrived = Promise.withResolvers<void>();

  constructor(
    number: string,
    options: { port?: number; transport?: 'UDP' | 'TCP'; callId?: string; offer?: string } = {},
  ) {
    const { port = 9, transport = 'UDP', callId } = options;
    this.negotiation = new OfferAnswer({ local: { host: HOST, port }, sessionId: '1' });
    const offer = options.offer ?? this.negotiation.createOffer();
    this.session = endpoint.invite(
      {
        requestUri: `sip:${number}@${HOST}:${switchboard.address.port};user=phone`,
        from: `<sip:+867552800001@${HOST}>`,
        to: `<sip:${number}@${HOST}>`,
        destination: { transport, ...switchboard.address },
        offer,
        ...(callId !== undefined && { callId }),
      },
      (event) => {
        this.events.push(event);
        this.#arrived.resolve();
        this.#arrived = Promise.withResolvers();
      },
    );
  }

  async until<Kind extends SessionEvent['kind']>(kind: Kind): Promise<SessionEvent & { kind: Kind }> {
    for (;;) {
      const found = this.events.find((event) => event.kind === kind);
      if (found !== undefined) return found as SessionEvent & { kind: Kind };
      await this.#arrived.promise;
    }
  }

  hangUp(): void {
    endpoint.act((now) => this.session.hangUp(now));
  }

  /** The events in a few words each. */
  get story(): string[] {
    return this.events.map((event) => {
      const cause =
        'reasons' in event ? event.reasons.find(({ protocol }) => protocol === 'Q.850')?.cause : undefined;
      const words = [
        event.kind,
        'status' in event && event.status,
        'by' in event && event.by,
        cause && `Q.850 ${cause}`,
      ];
      return words.filter(Boolean).join(' ');
    });
  }
}

describe('what a caller sees', () => {
  test.each<[string, string, string[]]>([
    ['+8613500000010', 'failed', ['failed 486']],
    ['+8613500000012', 'failed', ['provisional 180', 'failed 603']],
    ['+8613500000013', 'failed', ['failed 480']],
    ['+8613500000014', 'failed', ['failed 404 Q.850 1']],
    ['+8613500000015', 'ended', ['provisional 180', 'answered', 'ended remote Q.850 16']],
    ['+8613500000016', 'answered', ['provisional 180', 'answered']],
    ['+8613500000017', 'answered', ['provisional 180', 'answered']],
    ['+8613500000018', 'failed', ['failed 480 Q.850 20']],
    ['+8613500000019', 'answered', ['provisional 183', 'answered']],
    ['+8613500000020', 'failed', ['provisional 183 Q.850 19', 'failed 480 Q.850 19']],
    ['+8613500000022', 'failed', ['failed 503']],
    ['+493012345', 'answered', ['provisional 180', 'answered']],
  ])('of %s', async (number, last, story) => {
    await start(acceleratedClock(50));
    const call = new Call(number);
    await call.until(last as SessionEvent['kind']);
    expect(call.story).toEqual(story);
    expect(problems).toEqual([]);
  });

  test('over TCP', async () => {
    await start(acceleratedClock(50));
    const call = new Call('+8613500000001', { transport: 'TCP' });
    await call.until('answered');
    call.hangUp();
    expect((await call.until('ended')).by).toBe('local');
  });

  test('of one who rings for ever: a caller can cancel', async () => {
    await start(acceleratedClock(1));
    const call = new Call('+8613500000011');
    await call.until('provisional');
    call.hangUp();
    await call.until('failed');
    expect(call.story).toEqual(['provisional 180', 'failed 487']);
  });

  test('of one that never gets further than 100: nothing, until the caller cancels', async () => {
    await start(acceleratedClock(50));
    const call = new Call('+8613500000021');
    call.hangUp();
    await call.until('failed');
    expect(call.story).toEqual(['failed 487']);
  });

  test('of one who talks for ever: it hangs up by itself after the longest call', async () => {
    await start(acceleratedClock(50), undefined, 20_000);
    const call = new Call('+8613500000001');
    await call.until('answered');
    expect((await call.until('ended')).by).toBe('remote');
    expect(call.story).toEqual(['provisional 180', 'answered', expect.stringContaining('ended')]);
  });

  test('of an offer that no phone can take: 488', async () => {
    await start(acceleratedClock(50));
    const offer = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=video 4000 RTP/AVP 31\r\n`;
    const call = new Call('+8613500000001', { offer });
    await call.until('failed');
    expect(call.story).toEqual(['provisional 180', 'failed 488']);
    expect(problems).toEqual([]);
  });
});

test('caller and phone hear each other, hold included, and the recording is complete after the call', async () => {
  const clock = acceleratedClock(5);
  const recordings = join(directory, 'phones');
  await start(clock, recordings);
  const recorder = await CallRecorder.begin(directory, 'caller');
  const media = await HandsetMedia.open({ host: HOST, clock, recorder });
  media.play(
    Int16Array.from({ length: 8000 }, (_, index) => 8000 * Math.sin((2 * Math.PI * 600 * index) / 8000)),
  );
  const call = new Call('+8613500000002', { port: media.local.port, callId: 'a/call@test' });

  const follow = (sdp: string): void => media.configure(call.negotiation.receiveAnswer(sdp));
  follow((await call.until('answered')).sdp!);
  await new Promise<void>((resolve) => clock.after(3000, resolve));
  endpoint.act((now) => call.session.reinvite(call.negotiation.createHoldOffer(), now));
  follow((await call.until('remoteAnswer')).sdp);
  expect(call.negotiation.agreed?.direction).toBe('sendonly');
  call.hangUp();
  await media.close();
  await switchboard.close();

  expect(await readdir(recordings)).toEqual(['a_call@test.wav']);
  const heard = async (file: string): Promise<number[]> =>
    findTones(wavSamples(parseWav(await readFile(file))), { range: 10 })
      .map(({ frequency }) => Math.round(frequency / 5) * 5)
      .sort((one, other) => one - other);
  expect(await heard(join(recordings, 'a_call@test.wav'))).toEqual([600]);
  expect(await heard(join(directory, 'caller.wav'))).toEqual([1445, 2445]);
  expect(problems).toEqual([]);
});

describe('a phone that somebody holds', () => {
  const NUMBER = '+8613500000001';
  const wave = (frequency: number): Int16Array =>
    Int16Array.from(
      { length: 160 },
      (_, index) => 8_000 * Math.sin((2 * Math.PI * frequency * index) / 8_000),
    );

  test('rings until he answers; both hear each other; it is busy to others meanwhile', async () => {
    const clock = acceleratedClock(1);
    await start(clock);
    const story: string[] = [];
    const heard: Int16Array[] = [];
    const held = switchboard.hold(NUMBER, 'mei', (message) => {
      if (message.kind === 'heard') heard.push(message.samples);
      else story.push(message.kind === 'ringing' ? `ringing ${message.caller}` : message.kind);
      // As a browser does: twenty milliseconds of microphone for twenty of ear.
      if (message.kind === 'heard') held?.phone.receive({ kind: 'speech', samples: wave(1_000) });
    });
    const recorder = await CallRecorder.begin(directory, 'caller');
    const media = await HandsetMedia.open({ host: HOST, clock, recorder });
    media.play(wave(600));

    const call = new Call(NUMBER, { port: media.local.port });
    await call.until('provisional');
    expect(await new Call(NUMBER).until('failed')).toMatchObject({ status: 486 });
    held?.phone.receive({ kind: 'answer' });
    media.configure(call.negotiation.receiveAnswer((await call.until('answered')).sdp!));
    await expect.poll(() => heard.length).toBeGreaterThan(100);
    held?.phone.receive({ kind: 'hang-up' });
    expect(await call.until('ended')).toMatchObject({ by: 'remote' });
    await expect.poll(() => story).toEqual(['ringing +867552800001', 'answered', 'over']);
    await media.close();

    const tonesIn = (samples: Int16Array): number[] =>
      findTones(samples, { range: 10 }).map(({ frequency }) => Math.round(frequency / 5) * 5);
    expect(tonesIn(Int16Array.from(heard.flatMap((samples) => [...samples])))).toEqual([600]);
    expect(tonesIn(wavSamples(parseWav(await readFile(join(directory, 'caller.wav')))))).toEqual([1_000]);
    expect(problems).toEqual([]);
  });

  test('is his alone, and his again as it was when he comes back in time', async () => {
    await start(acceleratedClock(1));
    const story: string[] = [];
    const held = switchboard.hold(NUMBER, 'mei', ({ kind }) => kind !== 'heard' && story.push(kind));
    const call = new Call(NUMBER);
    await call.until('provisional');
    expect(switchboard.hold('8613500000001', 'somebody else', () => {})).toBeUndefined();
    held?.putBack();
    expect(switchboard.hold(NUMBER, 'somebody else', () => {})).toBeUndefined();
    const again = switchboard.hold(NUMBER, 'mei', ({ kind }) => kind !== 'heard' && story.push(kind));
    held?.putBack();
    again?.phone.receive({ kind: 'answer' });
    await call.until('answered');
    expect(story.slice(0, 2)).toEqual(['ringing', 'ringing']);
    call.hangUp();
    await expect.poll(() => story.at(-1)).toBe('over');
  });

  test('keeps its call for a page that vanished, and hangs up when nobody is back after 25 s', async () => {
    const real = acceleratedClock(1);
    const waits = new Set<() => void>();
    await start({
      now: () => real.now(),
      after: (milliseconds, action) => {
        if (milliseconds !== 25_000) return real.after(milliseconds, action);
        waits.add(action);
        return () => waits.delete(action);
      },
    });
    const story: string[] = [];
    const hold = () => switchboard.hold(NUMBER, 'mei', ({ kind }) => kind !== 'heard' && story.push(kind));
    const first = hold();
    const recorder = await CallRecorder.begin(directory, 'far-end');
    const media = await HandsetMedia.open({ host: HOST, clock: real, recorder });
    const call = new Call(NUMBER, { port: media.local.port });
    await call.until('provisional');
    first?.phone.receive({ kind: 'answer' });
    media.configure(call.negotiation.receiveAnswer((await call.until('answered')).sdp!));
    await expect.poll(() => story).toContain('answered');

    first?.putBack();
    expect(waits.size).toBe(1);
    const again = hold();
    expect([waits.size, story.at(-1)]).toEqual([0, 'answered']);
    again?.putBack();
    expect([waits.size, call.session.state]).toEqual([1, 'confirmed']);
    for (const end of waits) end();
    expect(await call.until('ended')).toMatchObject({ by: 'remote' });
    await media.close();
    const heard = wavSamples(parseWav(await readFile(join(directory, 'far-end.wav'))));
    expect([heard.length > 0, heard.every((sample) => sample === 0)]).toEqual([true, true]);
    expect(problems).toEqual([]);
  });

  test('can be rejected; put back for good it is not available, then the directory has it again', async () => {
    await start(acceleratedClock(20));
    const number = '+8613500000010';
    const held = switchboard.hold(number, 'mei', ({ kind }) => {
      if (kind === 'ringing') held?.phone.receive({ kind: 'reject' });
    });
    expect(await new Call(number).until('failed')).toMatchObject({ status: 603 });
    held?.phone.show(() => {});
    const call = new Call(number);
    await call.until('provisional');
    held?.putBack();
    expect(await call.until('failed')).toMatchObject({ status: 480 });
    expect(await new Call(number).until('failed')).toMatchObject({ status: 486 });
    expect(problems).toEqual([]);
  });
});

test('an offer within the call that cannot be taken is refused, and the call goes on', async () => {
  await start(acceleratedClock(50));
  const call = new Call('+8613500000001');
  await call.until('answered');
  endpoint.act((now) => call.session.reinvite('v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n', now));
  expect((await call.until('renegotiationFailed')).status).toBe(488);
  expect(call.session.state).toBe('confirmed');
});

test('a folder that cannot be written to is a problem of the sandbox, not of the caller', async () => {
  await writeFile(join(directory, 'file'), '');
  await start(acceleratedClock(50), join(directory, 'file'));
  const call = new Call('+8613500000001');
  await call.until('answered');
  expect(String(problems[0])).toMatch(/EEXIST|ENOTDIR/);
});

test('a switchboard that closes hangs up its calls', async () => {
  await start(acceleratedClock(1));
  const call = new Call('+8613500000001');
  await call.until('answered');
  await switchboard.close();
  expect((await call.until('ended')).by).toBe('remote');
});

describe('an INVITE without an offer', () => {
  let socket: Socket;

  beforeEach(async () => {
    socket = createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
  });
  afterEach(() => socket.close());

  function send(method: string, cseq: string, toTag: string, body = ''): void {
    const lines = [
      `${method} sip:+8613500000001@${HOST} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${socket.address().port};branch=z9hG4bK-${method}`,
      'Max-Forwards: 70',
      `From: <sip:a@${HOST}>;tag=1`,
      `To: <sip:+8613500000001@${HOST}>${toTag}`,
      'Call-ID: offerless',
      `CSeq: ${cseq}`,
      `Contact: <sip:a@${HOST}:${socket.address().port}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    socket.send(`${lines.join('\r\n')}\r\n\r\n${body}`, switchboard.address.port, HOST);
  }

  async function next(start: RegExp): Promise<string> {
    for (;;) {
      const [bytes] = (await once(socket, 'message')) as [Buffer];
      const text = bytes.toString();
      if (start.test(text)) return text;
    }
  }

  test.each([
    ['is answered with one, and talks once the ACK brings ours', 'm=audio 4000 RTP/AVP 0\r\n', false],
    ['ends when the ACK brings nothing that fits', 'm=audio 4000 RTP/AVP 18\r\n', true],
    ['ends when the ACK brings nothing', '', true],
  ])('%s', async (_, media, ends) => {
    await start(acceleratedClock(50));
    send('INVITE', '1 INVITE', '');
    const answer = await next(/^SIP\/2.0 200/);
    expect(answer).toContain('m=audio');
    const tag = /^To:.*(;tag=[^\r]+)/m.exec(answer)![1]!;
    const head = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\n`;
    const followed = ends ? next(/^BYE /) : undefined;
    send('ACK', '1 ACK', tag, media === '' ? '' : head + media);
    if (ends) {
      expect(await followed).toContain('Q.850;cause=88');
      return;
    }
    const okay = next(/^SIP\/2.0 200 [^\r]*\r\n[^]*CSeq: 2 BYE/);
    send('BYE', '2 BYE', tag);
    await okay;
  });
});
