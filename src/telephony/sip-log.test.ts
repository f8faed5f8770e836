import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installed, temporaryDirectory } from '../../test/support/peer-process.ts';
import type { Flow } from '../sip/flow.ts';
import { parseMessage } from '../sip/message/parse.ts';
import { datagramOf, pcapOf } from './pcap.ts';
import { SipLog } from './sip-log.ts';

const local = { host: '127.0.0.1', port: 5060 };
const flow = { transport: 'UDP', host: '127.0.0.2', port: 5070 } as const;

function seen(
  log: SipLog,
  direction: 'in' | 'out',
  [start, callId]: readonly [start: string, callId: string],
  to: Flow = flow,
  at = local,
): void {
  const lines = [
    start,
    'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1',
    'From: <sip:a@127.0.0.1>;tag=1',
    'To: <sip:b@127.0.0.2>',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${start.startsWith('BYE') ? 'BYE' : 'INVITE'}`,
    'Content-Length: 0',
    '',
    '',
  ];
  const bytes = Buffer.from(lines.join('\r\n'));
  log.seen({ direction, message: parseMessage(bytes), flow: to, bytes }, at);
}

const INVITE = 'INVITE sip:b@127.0.0.2 SIP/2.0';

function logOf(legs: number): SipLog {
  let time = 1_800_000_000_000;
  return new SipLog({ legs, now: () => (time += 1) });
}

describe('the log of SIP messages', () => {
  it('keeps what was said about a call that we dialled, in its order', () => {
    const log = logOf(10);
    seen(log, 'out', [INVITE, 'one']);
    seen(log, 'in', ['SIP/2.0 180 Ringing', 'one']);
    expect(log.of('one').map(({ at, direction, bytes }) => [at, direction, lineOf(bytes)])).toEqual([
      [1_800_000_000_001, 'out', INVITE],
      [1_800_000_000_002, 'in', 'SIP/2.0 180 Ringing'],
    ]);
  });

  it('keeps nothing of strangers, of calls of long ago, or where it is switched off', () => {
    const log = logOf(2);
    seen(log, 'in', [INVITE, 'stranger']);
    seen(log, 'in', ['SIP/2.0 200 OK', 'unasked']);
    for (const callId of ['one', 'two', 'three']) seen(log, 'out', [INVITE, callId]);
    const kept = ['stranger', 'unasked', 'one', 'two', 'three'].filter((callId) => log.of(callId).length > 0);
    expect(kept).toEqual(['two', 'three']);
    const off = logOf(0);
    seen(off, 'out', [INVITE, 'one']);
    expect(off.of('one')).toEqual([]);
  });

  it('ends with the two hundredth message of a leg', () => {
    const log = logOf(1);
    for (let count = 0; count < 300; count += 1) seen(log, 'out', [INVITE, 'one']);
    expect(log.of('one')).toHaveLength(200);
  });
});

describe('a capture of it', () => {
  const log = logOf(10);
  const six = { transport: 'TCP', host: '2001:db8::5', port: 5070 } as const;
  seen(log, 'out', [INVITE, 'one']);
  seen(log, 'in', ['SIP/2.0 200 OK', 'one']);
  seen(log, 'out', ['BYE sip:b@127.0.0.2 SIP/2.0', 'one'], six, { host: '::1', port: 5060 });
  seen(log, 'out', ['BYE sip:b@127.0.0.2 SIP/2.0', 'one'], { ...flow, host: 'a.name' });

  it.skipIf(!installed('tshark'))('is read by tshark, checksums included', () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'call.pcap');
    writeFileSync(file, pcapOf(log.of('one').map(datagramOf)));
    const fields = ['ip.src', 'ipv6.src', 'udp.srcport', 'ipv6.dst', 'sip.Method', 'sip.Status-Code'];
    const options = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    const wanted = [...fields, '_ws.expert.message', 'udp.checksum.status'].flatMap((field) => ['-e', field]);
    const shown = execFileSync(
      'tshark',
      ['-r', file, ...options, '-T', 'fields', '-E', 'separator=;', ...wanted],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(shown.trim().split('\n')).toEqual([
      '127.0.0.1;;5060;;INVITE;;;1',
      '127.0.0.2;;5070;;;200;;1',
      ';::1;5060;2001:db8::5;BYE;;;1',
    ]);
  });
});

const lineOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString().split('\r\n')[0] ?? '';
