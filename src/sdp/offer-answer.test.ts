import { describe, expect, test } from 'vitest';
import { SdpNegotiationError, SdpParseError } from './errors.ts';
import { type LocalAudio, OfferAnswer } from './offer-answer.ts';
import { parseSessionDescription } from './parse.ts';

function party(port: number, local: Partial<LocalAudio> = {}): OfferAnswer {
  return new OfferAnswer({ local: { host: '192.0.2.1', port, ...local }, sessionId: `${port}` });
}

/** A description of the far end at 198.51.100.7. */
function theirs(...lines: string[]): string {
  return ['v=0', 'o=- 7 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', 't=0 0', ...lines, ''].join(
    '\r\n',
  );
}

function version(sdp: string): string {
  return parseSessionDescription(sdp).origin.sessionVersion;
}

/** The reason of the refusal of `negotiate`; fails when it succeeds. */
function refusal(negotiate: () => unknown): string {
  try {
    negotiate();
  } catch (error) {
    if (error instanceof SdpNegotiationError) return error.reason;
    throw error;
  }
  throw new Error('was accepted');
}

describe('the first offer', () => {
  test('is this text', () => {
    expect(party(4000).createOffer()).toBe(
      [
        'v=0',
        'o=- 4000 1 IN IP4 192.0.2.1',
        's=-',
        'c=IN IP4 192.0.2.1',
        't=0 0',
        'm=audio 4000 RTP/AVP 8 0 101',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-15',
        'a=ptime:20',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
  });

  test('follows its options: codecs, no events, ptime, RTCP elsewhere, IPv6', () => {
    const offer = party(4000, {
      host: '2001:db8::1',
      codecs: ['PCMU'],
      telephoneEvent: false,
      ptime: 30,
      rtcpPort: 4100,
    }).createOffer();
    expect(offer).toContain('c=IN IP6 2001:db8::1\r\n');
    expect(offer).toContain(
      'm=audio 4000 RTP/AVP 0\r\na=rtcp:4100\r\na=rtpmap:0 PCMU/8000\r\na=ptime:30\r\n',
    );
  });
});

describe('offer and answer between two of us', () => {
  test('agree on PCMA, events and both directions', () => {
    const [caller, callee] = [party(4000), party(5000)];
    const { answer, agreed } = callee.receiveOffer(caller.createOffer());
    expect(caller.receiveAnswer(answer)).toEqual({
      remote: { host: '192.0.2.1', port: 5000 },
      rtcp: { host: '192.0.2.1', port: 5001 },
      codec: 'PCMA',
      payloadType: 8,
      telephoneEvent: { send: 101, receive: 101 },
      receivePayloadTypes: new Map([
        [8, 'PCMA'],
        [101, 'telephone-event'],
      ]),
      direction: 'sendrecv',
      ptime: 20,
    });
    expect(agreed).toMatchObject({
      remote: { host: '192.0.2.1', port: 4000 },
      codec: 'PCMA',
      direction: 'sendrecv',
    });
    expect(callee.agreed).toBe(agreed);
    expect(answer).toContain('m=audio 5000 RTP/AVP 8 101\r\n');
  });

  test('without events on one side there are none', () => {
    const [caller, callee] = [party(4000), party(5000, { telephoneEvent: false })];
    const { answer, agreed } = callee.receiveOffer(caller.createOffer());
    expect(agreed.telephoneEvent).toBeUndefined();
    expect(caller.receiveAnswer(answer).telephoneEvent).toBeUndefined();
    expect([...caller.agreed!.receivePayloadTypes.values()]).toEqual(['PCMA']);
  });

  test('hold, resume, refresh and hold from the other side', () => {
    const [caller, callee] = [party(4000), party(5000)];
    caller.receiveAnswer(callee.receiveOffer(caller.createOffer()).answer);

    const held = callee.receiveOffer(caller.createHoldOffer());
    expect(held.agreed.direction).toBe('recvonly');
    expect(caller.receiveAnswer(held.answer).direction).toBe('sendonly');

    // The held party refreshes: it asks for both directions again, and the holder stays on hold.
    const refreshed = caller.receiveOffer(callee.createOffer());
    expect(refreshed.agreed.direction).toBe('sendonly');
    expect(callee.receiveAnswer(refreshed.answer).direction).toBe('recvonly');

    // Both hold: nobody sends.
    const both = caller.receiveOffer(callee.createHoldOffer());
    expect(both.agreed.direction).toBe('inactive');
    expect(callee.receiveAnswer(both.answer).direction).toBe('inactive');

    expect(callee.receiveOffer(caller.createResumeOffer()).agreed.direction).toBe('sendonly');
  });
});

describe('the session version (RFC 3264 8)', () => {
  test('rises by one when the description changed, and only then', () => {
    const [caller, callee] = [party(4000), party(5000)];
    const offers: string[] = [];
    const answers: string[] = [];
    const negotiate = (offer: string): void => {
      offers.push(version(offer));
      const { answer } = callee.receiveOffer(offer);
      answers.push(version(answer));
      caller.receiveAnswer(answer);
    };
    negotiate(caller.createOffer());
    negotiate(caller.createOffer());
    negotiate(caller.createHoldOffer());
    negotiate(caller.createOffer());
    negotiate(caller.createResumeOffer());
    expect(offers).toEqual(['1', '1', '2', '2', '3']);
    expect(answers).toEqual(['1', '1', '2', '2', '3']);
  });

  test('a repeated offer gets the same answer', () => {
    const callee = party(5000);
    const offer = party(4000).createOffer();
    expect(callee.receiveOffer(offer).answer).toBe(callee.receiveOffer(offer).answer);
  });
});

describe('codecs and payload types', () => {
  test('static payload types need no rtpmap, and the order of the offer counts', () => {
    const { agreed, answer } = party(5000).receiveOffer(theirs('m=audio 4000 RTP/AVP 18 0 8'));
    expect(agreed).toMatchObject({ codec: 'PCMU', payloadType: 0 });
    expect(answer).toContain('m=audio 5000 RTP/AVP 0\r\n');
  });

  test('the answer keeps the numbers of the offer', () => {
    const { agreed, answer } = party(5000).receiveOffer(
      theirs(
        'm=audio 4000 RTP/AVP 97 98',
        'a=rtpmap:97 pcma/8000/1',
        'a=rtpmap:98 TELEPHONE-EVENT/8000',
        'a=fmtp:98 0-16',
      ),
    );
    expect(agreed).toMatchObject({
      codec: 'PCMA',
      payloadType: 97,
      telephoneEvent: { send: 98, receive: 98 },
    });
    expect(answer).toContain('m=audio 5000 RTP/AVP 97 98\r\n');
    expect(answer).toContain('a=fmtp:98 0-15\r\n');
  });

  test('an rtpmap that gives a static number another meaning is believed', () => {
    const offer = theirs('m=audio 4000 RTP/AVP 8 0', 'a=rtpmap:8 G722/8000');
    expect(party(5000).receiveOffer(offer).agreed.codec).toBe('PCMU');
  });

  test.each([
    ['another clock rate', 'a=rtpmap:96 PCMA/16000'],
    ['two sound tracks', 'a=rtpmap:96 PCMA/8000/2'],
    ['another codec', 'a=rtpmap:96 opus/48000/2'],
    ['a dynamic number without rtpmap', 'a=x'],
  ])('no common codec: %s', (_, line) => {
    const callee = party(5000);
    expect(refusal(() => callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 96', line)))).toBe(
      'no-common-codec',
    );
    expect(callee.agreed).toBeUndefined();
  });

  test('of several telephone-events the one at 8000 Hz is taken', () => {
    const offer = theirs(
      'm=audio 4000 RTP/AVP 8 100 101',
      'a=rtpmap:100 telephone-event/48000',
      'a=rtpmap:101 telephone-event/8000',
    );
    expect(party(5000).receiveOffer(offer).agreed.telephoneEvent).toEqual({ send: 101, receive: 101 });
  });

  test.each([
    ['0-15', true],
    ['0-16', true],
    ['0-11', true],
    ['0-9,10,11', true],
    ['events=0-15', true],
    ['0-15,66,70', true],
    ['0-9', false],
    ['66,70', false],
    ['nonsense', false],
    ['0-999', true],
  ])('events %s take digits: %s', (events, taken) => {
    const offer = theirs(
      'm=audio 4000 RTP/AVP 8 101',
      'a=rtpmap:101 telephone-event/8000',
      `a=fmtp:101 ${events}`,
    );
    const { agreed, answer } = party(5000).receiveOffer(offer);
    expect(agreed.telephoneEvent !== undefined).toBe(taken);
    expect(answer.includes('telephone-event')).toBe(taken);
  });

  test('an answer with numbers of its own: we send with them and listen to ours, and to theirs', () => {
    const caller = party(4000);
    caller.createOffer();
    const agreed = caller.receiveAnswer(
      theirs('m=audio 5000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000'),
    );
    expect(agreed.telephoneEvent).toEqual({ send: 96, receive: 101 });
    expect([...agreed.receivePayloadTypes]).toEqual([
      [8, 'PCMA'],
      [101, 'telephone-event'],
      [96, 'telephone-event'],
    ]);
  });

  test('an answer with several codecs: the first is sent, any is received', () => {
    const caller = party(4000);
    caller.createOffer();
    const agreed = caller.receiveAnswer(theirs('m=audio 5000 RTP/AVP 0 8 3'));
    expect(agreed).toMatchObject({ codec: 'PCMU', payloadType: 0 });
    expect([...agreed.receivePayloadTypes.keys()]).toEqual([0, 8]);
  });

  test('our later offer keeps their numbers and avoids those they used for something else', () => {
    const callee = party(5000);
    callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 8 101', 'a=rtpmap:101 opus/48000/2'));
    const offer = callee.createOffer();
    expect(offer).toContain('m=audio 5000 RTP/AVP 8 0 96\r\n');
    expect(offer).toContain('a=rtpmap:96 telephone-event/8000\r\n');
  });

  test('our later offer names a codec by the number they gave it', () => {
    const callee = party(5000);
    callee.receiveOffer(
      theirs('m=audio 4000 RTP/AVP 8 110 97', 'a=rtpmap:110 PCMU/8000', 'a=rtpmap:97 telephone-event/8000'),
    );
    expect(callee.createOffer()).toContain('m=audio 5000 RTP/AVP 8 110 97\r\n');
  });
});

describe('streams and addresses', () => {
  test('the first audio that can be taken is, the others are answered with port 0 in their places', () => {
    const { agreed, answer } = party(5000).receiveOffer(
      theirs(
        'm=video 4000 RTP/AVP 96',
        'm=audio 4002 RTP/SAVP 8',
        'm=audio 0 RTP/AVP 8',
        'm=audio 4006 RTP/AVP 18',
        'm=audio 4008 RTP/AVP 8',
        'c=IN IP4 198.51.100.9',
        'm=audio 4010 RTP/AVP 8',
        'm=image 4012 udptl t38',
      ),
    );
    expect(agreed.remote).toEqual({ host: '198.51.100.9', port: 4008 });
    expect(answer.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 96',
      'm=audio 0 RTP/SAVP 8',
      'm=audio 0 RTP/AVP 8',
      'm=audio 0 RTP/AVP 18',
      'm=audio 5000 RTP/AVP 8',
      'm=audio 0 RTP/AVP 8',
      'm=image 0 udptl t38',
    ]);
  });

  test('our later offer keeps the lines of theirs', () => {
    const callee = party(5000);
    callee.receiveOffer(theirs('m=video 4000 RTP/AVP 96', 'm=audio 4002 RTP/AVP 8'));
    const offer = callee.createOffer();
    expect(offer.match(/^m=.*$/gm)).toEqual(['m=video 0 RTP/AVP 96', 'm=audio 5000 RTP/AVP 8 0 101']);
    expect(refusal(() => callee.receiveAnswer(theirs('m=audio 4002 RTP/AVP 8')))).toBe('media-lines-changed');
    const agreed = callee.receiveAnswer(theirs('m=video 0 RTP/AVP 96', 'm=audio 4002 RTP/AVP 8'));
    expect(agreed.remote.port).toBe(4002);
  });

  test.each<[string, string[]]>([
    ['no stream', []],
    ['only video', ['m=video 4000 RTP/AVP 96']],
    ['audio with port 0', ['m=audio 0 RTP/AVP 8']],
    ['secure audio', ['m=audio 4000 RTP/SAVP 8']],
    ['audio with feedback', ['m=audio 4000 RTP/AVPF 8']],
    ['a multicast address', ['m=audio 4000 RTP/AVP 8', 'c=IN IP4 224.2.1.1/127']],
    ['a broadcast address', ['m=audio 4000 RTP/AVP 8', 'c=IN IP4 255.255.255.255']],
  ])('no audio: %s', (_, lines) => {
    expect(refusal(() => party(5000).receiveOffer(theirs(...lines)))).toBe('no-audio');
  });

  test('no audio: no c= line at all', () => {
    const offer = theirs('m=audio 4000 RTP/AVP 8').replace('c=IN IP4 198.51.100.7\r\n', '');
    expect(refusal(() => party(5000).receiveOffer(offer))).toBe('no-audio');
  });

  test('an answer that rejects the stream', () => {
    const caller = party(4000);
    caller.createOffer();
    expect(refusal(() => caller.receiveAnswer(theirs('m=audio 0 RTP/AVP 8')))).toBe('no-audio');
  });

  test.each([
    ['a=rtcp:53020', { host: '198.51.100.7', port: 53020 }],
    ['a=rtcp:53020 IN IP4 198.51.100.8', { host: '198.51.100.8', port: 53020 }],
    ['a=rtcp:53020 IN IP4 224.0.0.1', { host: '198.51.100.7', port: 53020 }],
    ['a=rtcp:0', { host: '198.51.100.7', port: 0 }],
    ['a=x', { host: '198.51.100.7', port: 4001 }],
  ])('RTCP by %s', (line, rtcp) => {
    expect(party(5000).receiveOffer(theirs('m=audio 4000 RTP/AVP 8', line)).agreed.rtcp).toEqual(rtcp);
  });

  test('domain names and IPv6 are handed on as they are', () => {
    const offer = theirs('m=audio 4000 RTP/AVP 8', 'c=IN IP6 media.example.com');
    expect(party(5000).receiveOffer(offer).agreed.remote.host).toBe('media.example.com');
  });
});

describe('directions', () => {
  test.each([
    ['sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('an offer of %s is answered with %s', (offered, answered) => {
    const { agreed, answer } = party(5000).receiveOffer(theirs('m=audio 4000 RTP/AVP 8', `a=${offered}`));
    expect(agreed.direction).toBe(answered);
    expect(answer).toContain(`a=${answered}\r\n`);
  });

  test('the direction of the session stands for a stream without one', () => {
    expect(party(5000).receiveOffer(theirs('a=sendonly', 'm=audio 4000 RTP/AVP 8')).agreed.direction).toBe(
      'recvonly',
    );
    const both = theirs('a=sendonly', 'm=audio 4000 RTP/AVP 8', 'a=sendrecv');
    expect(party(5000).receiveOffer(both).agreed.direction).toBe('sendrecv');
  });

  test.each([
    ['c=IN IP4 0.0.0.0', 'a=sendrecv', 'recvonly'],
    ['c=IN IP4 0.0.0.0', 'a=recvonly', 'inactive'],
    ['c=IN IP6 ::', 'a=x', 'recvonly'],
  ])('the old hold: %s with %s', (connection, direction, ours) => {
    const offer = theirs('m=audio 4000 RTP/AVP 8', connection, direction);
    expect(party(5000).receiveOffer(offer).agreed.direction).toBe(ours);
  });

  test('an answer cannot widen what we offered', () => {
    const caller = party(4000);
    caller.receiveAnswer(party(5000).receiveOffer(caller.createOffer()).answer);
    caller.createHoldOffer();
    expect(caller.receiveAnswer(theirs('m=audio 5000 RTP/AVP 8', 'a=sendrecv')).direction).toBe('sendonly');
  });
});

describe('packet times', () => {
  test.each([
    ['a=ptime:30', 30],
    ['a=ptime:60', 60],
    ['a=ptime:10', 10],
    ['a=ptime:5', 20],
    ['a=ptime:25', 20],
    ['a=ptime:200', 20],
    ['a=ptime:20.0', 20],
    ['a=maxptime:10', 10],
    ['a=maxptime:15', 10],
    ['a=maxptime:1', 10],
    ['a=maxptime:240', 20],
  ])('%s: we send %i ms', (line, ptime) => {
    expect(party(5000).receiveOffer(theirs('m=audio 4000 RTP/AVP 8', line)).agreed.ptime).toBe(ptime);
  });
});

describe('who may speak', () => {
  test('one offer at a time', () => {
    const caller = party(4000);
    caller.createOffer();
    expect(refusal(() => caller.createOffer())).toBe('offer-pending');
    expect(refusal(() => caller.receiveOffer(theirs('m=audio 4000 RTP/AVP 8')))).toBe('offer-pending');
  });

  test('no answer without an offer', () => {
    const callee = party(5000);
    expect(refusal(() => callee.receiveAnswer(theirs('m=audio 4000 RTP/AVP 8')))).toBe('no-offer');
    callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 8'));
    expect(refusal(() => callee.receiveAnswer(theirs('m=audio 4000 RTP/AVP 8')))).toBe('no-offer');
  });

  test('an answer may come again, from another fork too', () => {
    const caller = party(4000);
    caller.createOffer();
    caller.receiveAnswer(theirs('m=audio 5000 RTP/AVP 8'));
    expect(caller.receiveAnswer(theirs('m=audio 6000 RTP/AVP 0')).remote.port).toBe(6000);
    expect(caller.agreed?.codec).toBe('PCMU');
  });

  test('a refused hold leaves everything as it was', () => {
    const [caller, callee] = [party(4000), party(5000)];
    caller.receiveAnswer(callee.receiveOffer(caller.createOffer()).answer);
    caller.createHoldOffer();
    caller.offerRefused();
    expect(caller.agreed?.direction).toBe('sendrecv');
    expect(caller.createOffer()).toContain('a=sendrecv');
  });

  test('an offer that was answered cannot be refused any more', () => {
    const [caller, callee] = [party(4000), party(5000)];
    caller.receiveAnswer(callee.receiveOffer(caller.createHoldOffer()).answer);
    caller.offerRefused();
    expect(caller.createOffer()).toContain('a=sendonly');
  });

  test('a refused first offer may be followed by one of either side', () => {
    const caller = party(4000);
    caller.createOffer();
    caller.offerRefused();
    expect(refusal(() => caller.receiveAnswer(theirs('m=audio 4000 RTP/AVP 8')))).toBe('no-offer');
    expect(caller.receiveOffer(theirs('m=video 1 RTP/AVP 96', 'm=audio 4000 RTP/AVP 8')).agreed.codec).toBe(
      'PCMA',
    );
  });
});

describe('an offer that cannot be taken', () => {
  test.each<[string, string]>([
    ['drops the stream', theirs()],
    ['turns it into video', theirs('m=video 4000 RTP/AVP 96')],
    ['closes it', theirs('m=audio 0 RTP/AVP 8')],
    ['has no common codec', theirs('m=audio 4000 RTP/AVP 18')],
    ['is not SDP', 'hello'],
  ])('%s: what was agreed stays', (_, offer) => {
    const callee = party(5000);
    const { agreed, answer } = callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 8'));
    expect(() => callee.receiveOffer(offer)).toThrow();
    expect(callee.agreed).toBe(agreed);
    expect(callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 8')).answer).toBe(answer);
  });

  test('text that is not SDP is told apart from SDP that cannot be agreed on', () => {
    expect(() => party(5000).receiveOffer('hello')).toThrow(SdpParseError);
    expect(() => party(5000).receiveOffer(theirs())).toThrow(SdpNegotiationError);
  });

  test('the limits given are kept', () => {
    const callee = new OfferAnswer({
      local: { host: '192.0.2.1', port: 5000 },
      sessionId: '1',
      limits: { length: 50, lines: 9, media: 1, formats: 1 },
    });
    expect(() => callee.receiveOffer(theirs('m=audio 4000 RTP/AVP 8'))).toThrow('longer than 50 characters');
  });
});
