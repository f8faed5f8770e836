import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTones } from '../../src/audio/spectrum.ts';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import { Baresip } from '../support/baresip.ts';
import { Kamailio } from '../support/kamailio.ts';
import { installed, outwardAddress, temporaryDirectory } from '../support/peer-process.ts';
import { numbers, TestPlatform } from '../support/platform.ts';
import { RtpCapture } from '../support/rtp-capture.ts';
import {
  callAndBye,
  expectInvite,
  expectRequest,
  pause,
  request,
  respond,
  expectResponse,
  sdp,
  Sipp,
  stream,
  writeToneFile,
} from '../support/sipp.ts';

const missing = ['sipp', 'kamailio', 'tshark'].filter((program) => !installed(program));
const outward = outwardAddress();
const noBaresip = installed('baresip')
  ? outward
    ? undefined
    : 'no address but loopback'
  : 'baresip is not installed';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

/** The one tone in the last second of what was heard, in Hz. */
const strongestTone = (samples: Int16Array): number | undefined =>
  findTones(samples.subarray(-8_000))[0]?.frequency;

const answered = (tone: string, after = 300): string[] => [
  expectInvite(),
  respond('100 Trying'),
  respond('180 Ringing'),
  pause(after),
  respond('200 OK', { body: sdp() }),
  expectRequest('ACK'),
  stream(tone),
];

describe.skipIf(missing.length > 0)(
  `a callback between real peers (missing: ${missing.join(', ') || 'nothing'})`,
  () => {
    it.each(['UDP', 'TCP'] as const)(
      'two SIPp phones behind Kamailio hear each other over %s',
      async (transport) => {
        const [low, high] = [writeToneFile(directory.path, 500), writeToneFile(directory.path, 1_300)];
        await using a = await Sipp.start({
          directory: directory.path,
          name: 'a',
          transport,
          steps: callAndBye(answered(low)),
        });
        await using b = await Sipp.start({
          directory: directory.path,
          name: 'b',
          transport,
          steps: [...answered(high), pause(3_000), request('BYE'), expectResponse(200)],
        });
        const lower = transport.toLowerCase() as 'udp' | 'tcp';
        await using trunk = await Kamailio.start(directory.path, {
          [numbers.a]: { address: `${a.host}:${a.port}`, transport: lower },
          [numbers.b]: { address: `${b.host}:${b.port}`, transport: lower },
        });
        await using wire = await RtpCapture.start(directory.path, [a.mediaPort, b.mediaPort]);
        await using platform = await TestPlatform.start({ trunk: `sip:${trunk.address};transport=${lower}` });

        const sessionId = await platform.accepted({ partyTypeRequiredInDisconnect: 'true' });
        const call = await platform.ended(sessionId);
        await Promise.all([a.succeeded(), b.succeeded()]);
        await wire.stop();

        expect(call.events.map(({ type, party }) => `${type} ${party}`)).toEqual([
          'callout A',
          'alerting A',
          'answer A',
          'callout B',
          'alerting B',
          'answer B',
          'disconnect B',
        ]);
        expect(call.cdr).toMatchObject({
          ulFailReason: 0,
          sipStatusCode: 0,
          calleeNum: numbers.a,
          fwdDstNum: numbers.b,
        });
        expect(strongestTone(wire.sentTo(a.mediaPort).samples)).toBeCloseTo(1_300, -1);
        expect(strongestTone(wire.sentTo(b.mediaPort).samples)).toBeCloseTo(500, -1);
      },
    );

    it.skipIf(noBaresip)(`SIPp and baresip hear each other (${noBaresip ?? 'both there'})`, async () => {
      const host = outward ?? '';
      await using b = await Baresip.start({ directory: directory.path, host, user: numbers.b, tone: 900 });
      await using a = await Sipp.start({
        directory: directory.path,
        name: 'a',
        host,
        steps: [
          ...answered(writeToneFile(directory.path, 500)),
          pause(3_000),
          request('BYE'),
          expectResponse(200),
        ],
      });
      await using trunk = await Kamailio.start(
        directory.path,
        { [numbers.a]: { address: `${a.host}:${a.port}` }, [numbers.b]: { address: b.address } },
        host,
      );
      await using wire = await RtpCapture.start(directory.path, [a.mediaPort]);
      await using platform = await TestPlatform.start({
        trunk: `sip:${trunk.address}`,
        sip: `${host}:0`,
        rtp: `${host}:31000-31099`,
      });
      await platform.ended(await platform.accepted());
      await a.succeeded();
      await wire.stop();
      expect(strongestTone(wire.sentTo(a.mediaPort).samples)).toBeCloseTo(900, -1);
      expect(strongestTone(wavSamples(parseWav(await b.heard())))).toBeCloseTo(500, -1);
    });
  },
);
