import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/peer-process.ts';
import { numbers } from '../support/platform-client.ts';
import { expectCall, type Having, Sipp } from '../support/sipp.ts';
import { describeWith, platformBehind } from './network.ts';
import { refuses } from './phone-steps.ts';

/** A number as a regular expression. */
const [display, called] = [numbers.display, numbers.a].map((number) => `[+]${number.slice(1)}`);

describeWith(['sipp'], 'what the trunk is told in an INVITE', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());

  const invites: { name: string; flags: object; having: Having }[] = [
    {
      name: 'who calls whom, and what we can do',
      flags: {},
      having: {
        From: `<sip:${display}@127.0.0.1>;tag=`,
        To: `<sip:${called}@127.0.0.1:[0-9]+;user=phone>$`,
        'P-Asserted-Identity': `<sip:${display}@127.0.0.1;user=phone>`,
        'Max-Forwards': '70',
        Allow: 'INVITE, ACK, CANCEL, BYE',
        Supported: '100rel, timer',
        'User-Agent': 'OpenVoiceCall/',
        'Content-Type': 'application/sdp',
        body: 'm=audio [0-9]+ RTP/AVP 8 0 101',
      },
    },
    {
      name: 'that the callee is not to know the caller',
      flags: { trunkPrivacy: true },
      having: {
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=',
        'P-Asserted-Identity': display ?? '',
        Privacy: 'id',
      },
    },
    {
      name: 'the public address, where that is another than ours',
      flags: { publicAddress: '203.0.113.9' },
      having: {
        From: `${display}@203.0.113.9>`,
        Via: '203.0.113.9:[0-9]+;.*rport',
        Contact: '@203.0.113.9:[0-9]+',
        body: 'c=IN IP4 203.0.113.9',
      },
    },
  ];

  const cases = (['UDP', 'TCP'] as const).flatMap((transport) =>
    invites.map((invite, index) => ({ ...invite, transport, index })),
  );

  it.each(cases)('$name, over $transport', async ({ flags, having, transport, index }) => {
    await using trunk = await Sipp.start({
      directory: directory.path,
      name: `trunk-${transport}-${index}`,
      transport,
      steps: [expectCall(having), ...refuses('486 Busy Here')],
    });
    await using platform = await platformBehind(trunk, flags);
    const [call] = await Promise.all([platform.ended(await platform.accepted()), trunk.succeeded()]);
    expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
  });
});
