import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { qualitySchema } from '../../src/http/admin/quality-routes.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { runCli } from '../support/run-cli.ts';
import { expectRequest, respondToInvite, sdp } from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { hangsUp, isHungUp, rings, talks } from './phone-steps.ts';

type Quality = z.infer<typeof qualitySchema>;

const sum = (counts: readonly (number | null)[]): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0);

describeWith([...sippBehindKamailio, 'tshark'], 'the media quality of a call behind Kamailio', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start({ flags: { rtpLogLegs: 10 } });
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const qualityOf = async (sessionId: string): Promise<Quality> =>
    (await network.platform.admin('GET', `/calls/${encodeURIComponent(sessionId)}/quality`)) as Quality;

  async function captureOf(sessionId: string): Promise<Buffer> {
    const { http, token } = network.platform.access;
    const path = `/admin/v1/calls/${encodeURIComponent(sessionId)}/capture`;
    const answer = await fetch(`${http}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return Buffer.from(await answer.arrayBuffer());
  }

  it('shows what was lost, second by second and in the capture, while the call runs and afterwards', async () => {
    // Of every ten packets of its third and fourth second one is lost.
    const isLost = (index: number): boolean => index >= 100 && index < 200 && index % 10 === 5;
    const media = await RtpPeer.open({ frequency: 1_300, loses: isLost });
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => media.close());
    media.talkBack();
    const description = sdp(`m=audio ${media.port} RTP/AVP 8\na=rtpmap:8 PCMA/8000`);
    const answersThere = [respondToInvite('200 OK', { body: description }), expectRequest('ACK')];
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...rings(), ...answersThere, ...hangsUp(6_000)]);
    const sessionId = await network.dial(a, b);

    await media.until('two seconds of media', () => media.packets > 110, 30_000);
    const running = await qualityOf(sessionId);
    expect(running.live).toBe(true);
    expect(running.legs.map(({ party }) => party)).toEqual(['A', 'B']);
    expect(sum(running.legs[1]!.received)).toBeGreaterThan(0);

    await network.ended(sessionId, a, b);
    const quality = await qualityOf(sessionId);
    expect(quality.live).toBe(false);
    const [legA, legB] = quality.legs;
    expect(legB!.secondsPerRow).toBe(1);
    // Ten are lost; what the machine itself may lose under load is not counted against it.
    expect(sum(legB!.lost)).toBeGreaterThanOrEqual(10);
    const worst = legB!.lost.indexOf(Math.max(...legB!.lost));
    expect(legB!.mos[worst]).toBeLessThan(4);
    expect(Math.max(...legB!.mos.map((mos) => mos ?? 0))).toBeGreaterThan(4.3);
    expect(legB!.heard).toContain('audio');
    expect(Math.max(...legB!.level.map((level) => level ?? -99))).toBeGreaterThan(-30);
    expect(sum(legA!.received)).toBeGreaterThan(150);
    expect(sum(legB!.sent)).toBeGreaterThan(150);

    const { http, token } = network.platform.access;
    const shown = await runCli(['calls', 'quality', sessionId], { OVC_URL: http, OVC_TOKEN: token });
    expect(shown.stdout).toMatch(/^Leg B: \d\.\d s, a row a second$/m);

    const file = join(network.directory, 'quality.pcap');
    writeFileSync(file, await captureOf(sessionId));
    const tshark = (...options: string[]): string =>
      execFileSync('tshark', ['-r', file, ...options], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(tshark('-Y', 'sip.Method == "INVITE"').trim().split('\n').length).toBeGreaterThanOrEqual(2);
    // What SIP says of the media is enough for it to know them as RTP.
    const streams = tshark('-q', '-z', 'rtp,streams')
      .split('\n')
      .filter((line) => line.includes(' 0x'));
    expect(streams).toHaveLength(4);
    const ofPeer = streams.find((line) => line.includes(`0x${media.ssrc.toString(16).toUpperCase()}`));
    const [, packets, lost] = /g711A\s+(\d+)\s+(\d+) \(/.exec(ofPeer ?? '') ?? [];
    expect(Number(lost)).toBe(sum(legB!.lost));
    expect(Number(packets)).toBe(sum(legB!.received));
    // Headers alone: those of IP, of UDP and of RTP, of 200 octets.
    const lengths = tshark('-Y', 'rtp', '-T', 'fields', '-e', 'frame.len', '-e', 'frame.cap_len');
    expect(new Set(lengths.trim().split('\n'))).toEqual(new Set(['200\t40']));
  });
});
