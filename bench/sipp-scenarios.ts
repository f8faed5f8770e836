import {
  expectInvite,
  expectRequest,
  expectResponse,
  label,
  request,
  respond,
  respondInDialog,
  sdp,
  type Step,
  stream,
} from '../test/support/sipp.ts';

/** Audio that nobody sends: one media port for all calls, so that SIPp opens none. */
const silentAudio = sdp({ port: 'media_port' });

/** Rings, answers, and waits for the BYE. */
export const answeringWith = (body: string): Step[] => [
  expectInvite(),
  respond('180 Ringing'),
  respond('200 OK', { body }),
  expectRequest('ACK'),
  expectRequest('BYE'),
  respondInDialog('200 OK'),
];

export const answering = answeringWith(silentAudio);

/** Like {@link answering}, with a media port of its own for each call, on which something else than SIPp listens. */
export const answeringAt = (port: 'auto_media_port'): Step[] =>
  answeringWith(sdp({ port, telephoneEvent: null }));

/** Like {@link answering}, but who is called under a number that ends in 2 hangs up at once. */
export const hangingUpB: Step[] = [
  `<recv request="INVITE" crlf="true" rrs="true"><action>
    <ereg regexp=":.*" search_in="hdr" header="From" assign_to="peer"/>
    <ereg regexp="sip:\\+[0-9]*2@" search_in="hdr" header="To" assign_to="second"/>
  </action></recv>`,
  respond('180 Ringing'),
  respond('200 OK', { body: silentAudio }),
  '<recv request="ACK" crlf="true" next="leave" test="second"/>',
  expectRequest('BYE'),
  respondInDialog('200 OK').replace('<send>', '<send next="end">'),
  label('leave'),
  request('BYE'),
  expectResponse(200),
  label('end'),
];

/** Answers and streams a tone until the BYE. */
export const talking = (tone: string): Step[] => {
  const steps = answeringWith(sdp());
  return [...steps.slice(0, 4), stream(tone), ...steps.slice(4)];
};

/** The calling side for SIPp against SIPp: INVITE to BYE, with `between` after the ACK. */
export const calling = (between: Step[] = []): Step[] => {
  const body = between.length === 0 ? silentAudio : sdp();
  const dialog = (method: string, cseq: number, body = ''): string =>
    [
      `${method} sip:bench@[remote_ip]:[remote_port] SIP/2.0`,
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
      'From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]',
      `To: <sip:bench@[remote_ip]:[remote_port]>${method === 'INVITE' ? '' : '[peer_tag_param]'}`,
      'Call-ID: [call_id]',
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:sipp@[local_ip]:[local_port]>',
      'Max-Forwards: 70',
      ...(body ? ['Content-Type: application/sdp'] : []),
      'Content-Length: [len]',
      '',
      body,
    ].join('\r\n');
  const send = (text: string, retransmitted = true): Step =>
    `<send${retransmitted ? ' retrans="500"' : ''}><![CDATA[\n${text}\n]]></send>`;
  return [
    send(dialog('INVITE', 1, body)),
    expectResponse(100, { optional: true }),
    expectResponse(180, { optional: true }),
    expectResponse(200),
    send(dialog('ACK', 1), false),
    ...between,
    send(dialog('BYE', 2)),
    expectResponse(200),
  ];
};
