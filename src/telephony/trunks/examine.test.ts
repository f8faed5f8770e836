import { describe, expect, it } from 'vitest';
import { SipResponse } from '../../sip/message/message.ts';
import type { PeerVerdict } from '../../sip/user-agent/peer-watch.ts';
import { plainTrunk, type Trunk } from '../trunk.ts';
import { examine, type TrunkFinding } from './examine.ts';
import { type Gateway, TrunkLine } from './trunk-line.ts';

const gateway: Gateway = {
  address: { host: '192.0.2.1', port: 5060 },
  flow: { transport: 'UDP', host: '192.0.2.1', port: 5060 },
};
const silent: PeerVerdict = { kind: 'absent', why: 'silent' };

async function found(given: Partial<Trunk>, verdict: PeerVerdict, answered = 0) {
  const trunk = plainTrunk('carrier', { host: '192.0.2.1' }, { transport: 'UDP', ...given });
  const line = new TrunkLine(trunk, { now: () => 0, after: () => () => {} });
  line.counts.answered = answered;
  const findings = await examine({
    line,
    listening: '192.0.2.9',
    publicHost: '192.0.2.9',
    locate: async () => [gateway],
    ask: async () => verdict,
  });
  return (name: string): TrunkFinding | undefined => findings.find((one) => one.name.startsWith(name));
}

describe('what is found of a trunk', () => {
  it.each([
    ['fails where it is asked and says nothing', { optionsInterval: 30_000 }, 0, false],
    ['is a note where it is set not to be asked', { optionsInterval: 0 }, 0, true],
    ['is a note where calls reach it', { optionsInterval: 30_000 }, 3, true],
    ['fails for the trunk of the settings, which nobody set so', { name: 'default' }, 0, false],
  ])('%s', async (_what, given, answered, isNote) => {
    const options = (await found(given, silent, answered))('options');
    expect([options?.ok, options?.note ?? false]).toEqual([isNote, isNote]);
  });

  it('says that it is suspended, and what cannot be judged', async () => {
    const response = new SipResponse(200, 'OK');
    response.headers.append('Via', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1');
    const verdict: PeerVerdict = { kind: 'answered', serves: true, status: 200, roundTrip: 1, response };
    const of = await found({ suspended: true }, verdict);
    expect(of('state')).toMatchObject({ note: true, detail: expect.stringContaining('suspended') });
    for (const name of ['codecs', 'telephone-event'])
      expect(of(name)).toMatchObject({ note: true, detail: expect.stringContaining('cannot be judged') });
  });
});
