import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/peer-process.ts';
import { RawTrunk } from '../support/raw-trunk.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Line {
  readonly msg: string;
  readonly sessionId?: string;
  readonly event?: string;
  readonly push?: number;
  readonly releaseCause?: number;
}

const linesOf = (platform: ServedPlatform): Line[] => platform.logged.map((line) => JSON.parse(line) as Line);

/** What is not about a call, or about many at once: whoever adds a line without a session has to think of it. */
const ABOUT_NO_CALL = [
  'calls could not be recorded before the stop',
  'SIP input could not be dealt with',
  'a SIP socket reports an error',
  'a gateway does not answer OPTIONS as one that serves',
  'a gateway serves again',
  'a listener of a SIP session failed',
  'a blocked address could not be kept',
  'a media worker crashed and was started again',
  'a request failed',
  'a request of the operator failed',
  'a spoken prompt could not be ',
  'a speech provider failed',
  'a text waited for a speech provider in vain',
  'a trunk refuses our registration',
  'an event stream could not read the store',
  'an incoming SIP session could not be taken',
  'attempts to push could not be stored, trying again',
  'calls that a crash cut off were given their records',
  'calls were refused faster than they could be listed',
  'media reach the network',
  'pushes could not be read, trying again',
  'refused calls could not be listed',
  'refused calls could not be removed, trying again',
  'recordings could not be moved to where they are kept, trying again in an hour',
  'recordings were removed because their time is over',
  'recordings whose time is over could not be removed, trying again in an hour',
  'registered with a trunk',
  'the gateways of a trunk cannot be found',
  'the certificate cannot be read, the one before stays in use',
  'the certificate was read',
  'the sandbox phones report a problem',
  'the time could not be noted',
  'traces are exported again',
  'traces could not be exported and are lost',
  'what is over could not be removed, trying again in an hour',
];

/** Every call of a logger in the program, with its arguments. */
function logCalls(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(source, name), 'utf8');
      return [...text.matchAll(/\blog\??\.(?:debug|info|warn|error)\((?:[^()]|\([^()]*\))*\)/g)].map(
        ([call]) => call.replaceAll(/\s+/g, ' '),
      );
    });
}

describe('the log', { timeout: 120_000 }, () => {
  it('names the session in every line that is about a call', () => {
    const calls = logCalls();
    expect(calls.length).toBeGreaterThan(20);
    // `fields` of pushes name it; the endpoint's own reports are in the list above.
    const named = /sessionIds?\b|\bfields\b|err: error }, message\)/;
    const unnamed = calls.filter(
      (call) => !named.test(call) && !ABOUT_NO_CALL.some((text) => call.includes(text)),
    );
    expect(unnamed).toEqual([]);
  });

  it('tells the story of a call by its session id', async () => {
    const failing = await Receiver.start({ behaviour: () => ({ answer: 500 }) });
    await using platform = await ServedPlatform.start({
      flags: ['--log-level', 'debug', '--fee-retries', '0'],
    });
    const url = base64(failing.url('/'));
    const order = { callerNbr: '+8613500000010', statusUrl: url, feeUrl: url };
    const sessionId = await platform.accepted(order);
    await platform.ended(sessionId);
    const other = new DatabaseSync(join(platform.data, 'openvoicecall.db'), { timeout: 5_000 });
    other.exec('begin immediate');
    await platform.click2Call(order);
    other.exec('rollback');
    other.close();
    for (const said of ['a push was given up', 'a call was refused because it could not be stored']) {
      await eventually(() => linesOf(platform).some(({ msg }) => msg === said), said);
    }
    const lines = linesOf(platform);
    const story = lines.filter((line) => line.sessionId === sessionId);
    expect(story.filter(({ event }) => event !== undefined).map(({ event }) => event)).toEqual([
      'callout',
      'disconnect',
    ]);
    expect(story.some(({ msg, releaseCause }) => msg === 'call ended' && releaseCause !== undefined)).toBe(
      true,
    );
    expect(story.filter(({ push }) => push !== undefined)).toHaveLength(3);
    expect(lines.find(({ msg }) => msg.startsWith('a call was refused because'))?.sessionId).toMatch(/@/);
    const unnamed = lines.filter((line) => line.sessionId === undefined).map(({ msg }) => msg);
    expect(unnamed.filter((msg) => !ABOUT_NO_CALL.includes(msg))).toEqual([]);
    await failing.close();
  });

  it('names the sessions that a crash cut off', async () => {
    using trunk = await RawTrunk.start((request, peer) =>
      request.method === 'ACK'
        ? []
        : [request.method === 'INVITE' ? peer.respond(request, 180) : peer.respond(request, 200)],
    );
    await using first = await ServedPlatform.start({ flags: ['--trunk', `sip:127.0.0.1:${trunk.port}`] });
    const sessionId = await first.accepted();
    await first.until(sessionId, 'alerting');
    await first.kill();
    await using second = await first.restarted();
    await eventually(
      () => linesOf(second).some((line) => line.sessionId === sessionId && line.releaseCause === 8000),
      'the log names the call',
    );
  });
});
