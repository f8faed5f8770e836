import { describe, expect, test } from 'vitest';
import { SdpParseError } from './errors.ts';
import { parseSessionDescription } from './parse.ts';
import { serializeSessionDescription } from './serialize.ts';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];

function sdp(...lines: string[]): string {
  return `${[...HEAD, ...lines].join('\r\n')}\r\n`;
}

function audio(...attributes: string[]) {
  return parseSessionDescription(sdp('m=audio 4000 RTP/AVP 8 0 101', ...attributes)).media[0]!;
}

/** The error of `text`; fails when there is none. */
function refusal(text: string): SdpParseError {
  try {
    parseSessionDescription(text);
  } catch (error) {
    if (error instanceof SdpParseError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('what is read', () => {
  test('the offer of RFC 3264 10.1', () => {
    const description = parseSessionDescription(
      [
        'v=0',
        'o=alice 2890844526 2890844526 IN IP4 host.anywhere.com',
        's=',
        'c=IN IP4 host.anywhere.com',
        't=0 0',
        'm=audio 49170 RTP/AVP 0',
        'a=rtpmap:0 PCMU/8000',
        'm=video 51372 RTP/AVP 31',
        'a=rtpmap:31 H261/90000',
        'm=video 53000 RTP/AVP 32',
        'a=rtpmap:32 MPV/90000',
        '',
      ].join('\r\n'),
    );
    expect(description).toEqual({
      origin: {
        username: 'alice',
        sessionId: '2890844526',
        sessionVersion: '2890844526',
        addressType: 'IP4',
        host: 'host.anywhere.com',
      },
      sessionName: '-',
      connection: { addressType: 'IP4', host: 'host.anywhere.com' },
      media: [
        {
          kind: 'audio',
          port: 49170,
          protocol: 'RTP/AVP',
          formats: ['0'],
          rtpMaps: new Map([[0, { encoding: 'PCMU', clockRate: 8000 }]]),
          formatParameters: new Map(),
        },
        {
          kind: 'video',
          port: 51372,
          protocol: 'RTP/AVP',
          formats: ['31'],
          rtpMaps: new Map(),
          formatParameters: new Map(),
        },
        {
          kind: 'video',
          port: 53000,
          protocol: 'RTP/AVP',
          formats: ['32'],
          rtpMaps: new Map(),
          formatParameters: new Map(),
        },
      ],
    });
  });

  test('attributes of an audio stream', () => {
    const media = audio(
      'a=rtpmap:8 PCMA/8000/1',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      'a=ptime: 20',
      'a=maxptime:60.5',
      'a=rtcp:53020 IN IP6 2001:db8::9',
      'a=recvonly ',
    );
    expect(media.rtpMaps.get(8)).toEqual({ encoding: 'PCMA', clockRate: 8000, encodingParameters: '1' });
    expect(media.rtpMaps.get(101)).toEqual({ encoding: 'telephone-event', clockRate: 8000 });
    expect(media.formatParameters.get(101)).toBe('0-16');
    expect(media).toMatchObject({
      ptime: 20,
      maxptime: 60.5,
      rtcp: { port: 53020, host: '2001:db8::9' },
      direction: 'recvonly',
    });
  });

  test('session and media level are kept apart', () => {
    const description = parseSessionDescription(
      sdp(
        'a=sendonly',
        'm=audio 4000 RTP/AVP 8',
        'c=IN IP6 2001:db8::1',
        'a=inactive',
        'm=audio 4002 RTP/AVP 0',
      ),
    );
    expect(description.direction).toBe('sendonly');
    expect(description.connection?.host).toBe('192.0.2.1');
    expect(description.media.map(({ connection, direction }) => [connection?.host, direction])).toEqual([
      ['2001:db8::1', 'inactive'],
      [undefined, undefined],
    ]);
  });

  test('the suffixes of multicast and of port ranges are dropped', () => {
    const description = parseSessionDescription(
      sdp('m=audio 4000/2 RTP/AVP 8', 'c=IN IP4 224.2.1.1/127/3', 'c=IN IP4 224.2.1.2/127'),
    );
    expect(description.media[0]).toMatchObject({ port: 4000, connection: { host: '224.2.1.1' } });
  });

  test('bandwidth, keys, time zones and letters of the future are ignored', () => {
    const plain = parseSessionDescription(sdp('m=audio 4000 RTP/AVP 8'));
    const noisy = parseSessionDescription(
      sdp(
        'b=CT:1000',
        'k=prompt',
        'z=0 0',
        'X=?',
        'a=group:BUNDLE 0',
        'm=audio 4000 RTP/AVP 8',
        'i=title',
        'b=AS:64',
        'a=mid:0',
        'a=ice-lite',
        's=late',
        'o=late',
      ),
    );
    expect(noisy).toEqual(plain);
  });

  test.each([
    ['bare LF', '\n'],
    ['CR alone', '\r'],
    ['blank lines', '\r\n\r\n'],
  ])('line ends: %s', (_, end) => {
    expect(parseSessionDescription([...HEAD, 'm=audio 4000 RTP/AVP 8', ''].join(end))).toEqual(
      parseSessionDescription(sdp('m=audio 4000 RTP/AVP 8')),
    );
  });

  test('no s= and no t= line', () => {
    const description = parseSessionDescription('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 8\r\n');
    expect(description).toMatchObject({ sessionName: '-', media: [{ port: 0 }] });
  });

  test('attributes of other streams are not read, so that a strange one cannot spoil the audio', () => {
    const media = parseSessionDescription(
      sdp('m=video 4002 RTP/AVP 96', 'a=rtpmap:nonsense', 'a=ptime:x', 'a=sendonly'),
    ).media[0]!;
    expect(media.rtpMaps.size).toBe(0);
    expect(media.direction).toBe('sendonly');
  });

  test('a T.38 stream keeps its format', () => {
    expect(parseSessionDescription(sdp('m=image 4002 udptl t38')).media[0]).toMatchObject({
      kind: 'image',
      formats: ['t38'],
    });
  });
});

describe('what is refused, with the line', () => {
  test.each<[string, number, string]>([
    ['nothing', 1, ''],
    ['no v=0 first', 1, 'o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n'],
    ['another version', 1, 'v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n'],
    ['no o=', 0, 'v=0\r\ns=-\r\n'],
    ['two v=', 6, sdp('v=0')],
    ['two o=', 6, sdp('o=- 1 1 IN IP4 192.0.2.1')],
    ['o= with too few fields', 2, 'v=0\r\no=- 1 1 IN\r\n'],
    ['o= with too many fields', 2, 'v=0\r\no=a b 1 1 IN IP4 192.0.2.1\r\n'],
    ['o= of another network', 2, 'v=0\r\no=- 1 1 ATM NSAP x\r\n'],
    ['a line without =', 6, sdp('hello')],
    ['a line that begins with a blank', 6, sdp(' a=sendrecv')],
    ['a NUL', 6, sdp('a=x\0')],
    ['c= without an address', 6, sdp('c=IN IP4')],
    ['c= with a wrong IPv4 address', 7, sdp('m=audio 4000 RTP/AVP 8', 'c=IN IP4 1.2.3.400')],
    ['c= with IPv6 called IP4', 7, sdp('m=audio 4000 RTP/AVP 8', 'c=IN IP4 ::1')],
    ['c= with spaces inside', 7, sdp('m=audio 4000 RTP/AVP 8', 'c=IN IP4 1.2.3.4 5')],
    ['m= without formats', 6, sdp('m=audio 4000 RTP/AVP')],
    ['m= with a negative port', 6, sdp('m=audio -1 RTP/AVP 8')],
    ['m= with a port beyond 65535', 6, sdp('m=audio 65536 RTP/AVP 8')],
    ['m= with a wrong port count', 6, sdp('m=audio 4000/0 RTP/AVP 8')],
    ['m= with payload type 128', 6, sdp('m=audio 4000 RTP/AVP 128')],
    ['m= with a format that is no number', 6, sdp('m=audio 4000 RTP/AVP PCMA')],
    ['rtpmap without a rate', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=rtpmap:8 PCMA')],
    ['rtpmap of payload type 200', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=rtpmap:200 PCMA/8000')],
    ['rtpmap with an endless rate', 7, sdp('m=audio 4000 RTP/AVP 8', `a=rtpmap:8 PCMA/${'9'.repeat(40)}`)],
    ['fmtp without payload type', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=fmtp:x 0-15')],
    ['ptime 0', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=ptime:0')],
    ['ptime below zero', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=ptime:-20')],
    ['ptime that is no number', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=ptime:NaN')],
    ['rtcp without a port', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=rtcp:')],
    ['rtcp with half an address', 7, sdp('m=audio 4000 RTP/AVP 8', 'a=rtcp:4001 IN IP4')],
  ])('%s', (_, line, text) => {
    expect(refusal(text).line).toBe(line);
  });

  test('more than the limits allow', () => {
    expect(refusal(`v=0\r\n${'a'.repeat(20_000)}`).message).toContain('16384 characters');
    expect(refusal(`v=0${'\r\n'.repeat(600)}`).message).toContain('512 lines');
    expect(refusal(sdp(...Array<string>(17).fill('m=audio 0 RTP/AVP 8'))).message).toBe(
      'line 22: more than 16 m= lines',
    );
    const formats = Array.from({ length: 65 }, (_, index) => index).join(' ');
    expect(refusal(sdp(`m=audio 4000 RTP/AVP ${formats}`)).message).toContain('64 formats');
    expect(() => parseSessionDescription(sdp(), { length: 10, lines: 5, media: 1, formats: 1 })).toThrow(
      '10 characters',
    );
  });

  test('the message never repeats the line: o= may hold a telephone number', () => {
    expect(refusal('v=0\r\no=+8613500000001 1 1\r\n').message).not.toContain('861350');
  });
});

test('what is written is read back the same', () => {
  const description = parseSessionDescription(
    sdp(
      'a=sendonly',
      'm=audio 4000 RTP/AVP 8 0 101',
      'c=IN IP6 2001:db8::1',
      'a=rtcp:4005 IN IP4 192.0.2.9',
      'a=rtpmap:8 PCMA/8000/1',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=maxptime:40',
      'a=inactive',
      'm=audio 0 RTP/AVP 18',
      'a=rtcp:9',
      'm=image 0 udptl t38',
    ),
  );
  const text = serializeSessionDescription(description);
  expect(parseSessionDescription(text)).toEqual(description);
  expect(serializeSessionDescription(parseSessionDescription(text))).toBe(text);
});
