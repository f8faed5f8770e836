import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acceleratedClock } from '../../test/support/accelerated-clock.ts';
import { levelOf } from '../audio/level.ts';
import { findTones } from '../audio/spectrum.ts';
import { endlessTone } from '../audio/tone.ts';
import { parseWav, wavSamples } from '../audio/wav.ts';
import { RtcpReader } from '../rtp/rtcp.ts';
import { RtpReader } from '../rtp/packet.ts';
import { type LocalAudio, OfferAnswer } from '../sdp/offer-answer.ts';
import { CallRecorder } from './call-recorder.ts';
import { wait } from './clock.ts';
import { HandsetMedia } from './handset-media.ts';

const HOST = '127.0.0.1';
const never = new AbortController().signal;
/** Media of two seconds take 0.4 s. */
const clock = acceleratedClock(5);

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'handset-media-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function open(name: string): Promise<HandsetMedia> {
  return HandsetMedia.open({ host: HOST, clock, recorder: await CallRecorder.begin(directory, name) });
}

async function heardBy(name: string): Promise<Int16Array> {
  return wavSamples(parseWav(await readFile(join(directory, `${name}.wav`))));
}

/** The tones that stand out: a machine that is busy elsewhere leaves gaps, which sound too. */
function frequenciesIn(samples: Int16Array): number[] {
  return findTones(samples, { range: 10 }).map(({ frequency }) => Math.round(frequency / 5) * 5);
}

function party(local: LocalAudio, codecs: LocalAudio['codecs'] = ['PCMA', 'PCMU']): OfferAnswer {
  return new OfferAnswer({ local: { ...local, codecs }, sessionId: `${local.port}` });
}

/** Lets `offerer` and `answerer` agree, and their media follow. */
function agree(
  [offerer, itsMedia]: [OfferAnswer, HandsetMedia],
  [answerer, othersMedia]: [OfferAnswer, HandsetMedia],
  offer = offerer.createOffer(),
): void {
  const { answer, agreed } = answerer.receiveOffer(offer);
  othersMedia.configure(agreed);
  itsMedia.configure(offerer.receiveAnswer(answer));
}

test('two hear each other, and silence where nothing is played; the codec may change', async () => {
  const [one, other] = [await open('one'), await open('other')];
  const [talker, listener] = [party(one.local), party(other.local)];
  one.play(endlessTone([600]));
  agree([talker, one], [listener, other]);
  await wait(clock, 1500, never);
  agree([party(one.local, ['PCMU']), one], [party(other.local), other]);
  await wait(clock, 1500, never);
  await Promise.all([one.close(), other.close()]);

  const heard = await heardBy('other');
  expect(heard.length).toBeGreaterThan(2.5 * 8000);
  expect(frequenciesIn(heard.subarray(0, 8000))).toEqual([600]);
  expect(frequenciesIn(heard.subarray(-8000))).toEqual([600]);
  expect(findTones(await heardBy('one'))).toEqual([]);
});

test('who is on hold is silent, and talks again afterwards', async () => {
  const [one, other] = [await open('one'), await open('other')];
  const [holder, held] = [party(one.local), party(other.local)];
  other.play(endlessTone([900]));
  agree([holder, one], [held, other]);
  await wait(clock, 1000, never);
  agree([holder, one], [held, other], holder.createHoldOffer());
  await wait(clock, 2000, never);
  agree([holder, one], [held, other], holder.createResumeOffer());
  await wait(clock, 1000, never);
  await Promise.all([one.close(), other.close()]);

  const heard = await heardBy('one');
  expect(frequenciesIn(heard.subarray(0, 8000))).toEqual([900]);
  expect(findTones(heard.subarray(1.5 * 8000, 2.5 * 8000))).toEqual([]);
  expect(frequenciesIn(heard.subarray(-6000))).toEqual([900]);
});

test('on the wire: packets of the agreed length and type, and a goodbye', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const packets: { payloadType: number; samples: number; sequence: number; timestamp: number }[] = [];
  const goodbye = Promise.withResolvers<void>();
  const [reader, reports] = [new RtpReader(), new RtcpReader()];
  socket.on('message', (bytes) => {
    const packet = reader.read(bytes);
    if (packet !== undefined) {
      const { payloadType, sequence, timestamp, payloadLength } = packet;
      packets.push({ payloadType, sequence, timestamp, samples: payloadLength });
    } else if (reports.read(bytes)?.some(({ kind }) => kind === 'goodbye') === true) goodbye.resolve();
  });

  const media = await open('one');
  const { port } = socket.address();
  const sdp = `v=0\no=- 1 1 IN IP4 ${HOST}\ns=-\nc=IN IP4 ${HOST}\nt=0 0\nm=audio ${port} RTP/AVP 97\na=rtpmap:97 PCMU/8000\na=ptime:30\na=rtcp:${port}\n`;
  media.configure(party(media.local).receiveOffer(sdp).agreed);
  await wait(clock, 600, never);
  await media.close();
  await goodbye.promise;
  socket.close();

  expect(packets.length).toBeGreaterThan(10);
  expect(packets.every(({ payloadType, samples }) => payloadType === 97 && samples === 240)).toBe(true);
  for (let index = 1; index < packets.length; index += 1) {
    const [before, packet] = [packets[index - 1]!, packets[index]!];
    expect((packet.timestamp - before.timestamp) >>> 0).toBe(
      240 * ((packet.sequence - before.sequence) & 0xffff),
    );
  }
});

test('noise and strangers neither are heard nor disturb what is', async () => {
  const [one, other, stranger] = [await open('one'), await open('other'), await open('stranger')];
  other.play(endlessTone([900]));
  agree([party(one.local), one], [party(other.local), other]);
  await wait(clock, 400, never);
  // The stranger sends to the same port with a stream of its own.
  stranger.play(endlessTone([1200]));
  stranger.configure(party(stranger.local).receiveOffer(party(one.local).createOffer()).agreed);
  const socket = createSocket('udp4');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('hello'),
    Buffer.alloc(172, 0x80),
    Buffer.alloc(1500, 0xff),
  ])
    for (const port of [one.local.port, one.local.rtcpPort!]) socket.send(bytes, port, HOST);
  await wait(clock, 1500, never);
  socket.close();
  await Promise.all([one.close(), other.close(), stranger.close()]);
  const heard = await heardBy('one');
  expect(frequenciesIn(heard.subarray(-8000))).toEqual([900]);
  expect(levelOf(heard.subarray(-8000))).toBeGreaterThan(-20);
});

test('a name that leads nowhere, and an address of another family, are no faults', async () => {
  const media = await open('one');
  const negotiation = party(media.local);
  for (const connection of ['IP6 2001:db8::1', 'IP4 no-such-host.invalid']) {
    const sdp = `v=0\no=- 1 1 IN IP4 ${HOST}\ns=-\nc=IN ${connection}\nt=0 0\nm=audio 4000 RTP/AVP 8\n`;
    media.configure(negotiation.receiveOffer(sdp).agreed);
    await wait(clock, 200, never);
  }
  await media.close();
  expect((await heardBy('one')).length).toBeGreaterThan(0);
});

test('an address that is not ours cannot be bound', async () => {
  await expect(HandsetMedia.open({ host: '192.0.2.1', clock })).rejects.toThrow('EADDRNOTAVAIL');
});
