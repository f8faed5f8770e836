import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { parseMessage } from '../../sip/message/parse.ts';
import { responseTo } from '../../sip/message/response.ts';
import { SipParseError } from '../../sip/message/sip-parse-error.ts';
import { SipMetrics } from './sip-metrics.ts';

const request = (cseq: string): string =>
  [
    'OPTIONS sip:a@192.0.2.1 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1',
    'From: <sip:b@192.0.2.2>;tag=1',
    'To: <sip:a@192.0.2.1>',
    'Call-ID: 1',
    `CSeq: ${cseq}`,
    '',
    '',
  ].join('\r\n');

/** The refusal of what cannot be read. */
function refusalOf(text: string) {
  try {
    parseMessage(Buffer.from(text));
  } catch (error) {
    if (error instanceof SipParseError && error.partial !== undefined)
      return responseTo(error.partial, error.status);
  }
  throw new Error('that was to be unreadable, and answerable');
}

it('counts messages by method, and a refusal of an unreadable CSeq as one of another', async () => {
  const registry = new Registry();
  const metrics = new SipMetrics(registry);
  const options = parseMessage(Buffer.from(request('1  OPTIONS')));
  metrics.seen('in', options);
  metrics.seen('in', parseMessage(Buffer.from(request('1 DANCE').replace('OPTIONS', 'DANCE'))));
  if (options.kind === 'request') metrics.seen('out', responseTo(options, 200));
  for (const cseq of ['', 'x', '1 ', '-1 OPTIONS', '99999999999999 OPTIONS']) {
    metrics.seen('out', refusalOf(request(cseq)));
  }
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('openvoicecall_'))).toEqual([
    'openvoicecall_sip_requests_total{direction="in",method="OPTIONS"} 1',
    'openvoicecall_sip_requests_total{direction="in",method="other"} 1',
    'openvoicecall_sip_responses_total{direction="out",method="OPTIONS",class="2xx"} 1',
    'openvoicecall_sip_responses_total{direction="out",method="other",class="4xx"} 3',
    'openvoicecall_sip_responses_total{direction="out",method="OPTIONS",class="4xx"} 2',
  ]);
});
