import { expect, test } from 'vitest';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { sdpOf } from './session-body.ts';

function bodyOf(contentType: string, body: string): string | undefined {
  const request = new SipRequest('INVITE', 'sip:a@b', new Headers());
  request.setBody(contentType, body);
  return sdpOf(request);
}

const sdp = 'v=0\r\ns=-\r\n';
const isup = '\x01\x00IAM';

test('a body of its own, with any writing of its type', () => {
  expect(bodyOf('application/sdp', sdp)).toBe(sdp);
  expect(bodyOf('Application/SDP; charset=utf-8', sdp)).toBe(sdp);
});

test('no body and other bodies', () => {
  expect(bodyOf('application/sdp', '')).toBeUndefined();
  expect(bodyOf('application/isup', isup)).toBeUndefined();
});

test.each([
  ['multipart/mixed; boundary=x', 'x'],
  ['multipart/mixed;boundary="a b"', 'a b'],
])('a part of %s, as carriers send SDP beside ISUP', (contentType, boundary) => {
  const parts = [
    'preamble',
    `--${boundary}\r\nContent-Type: application/ISUP; version=itu-t92+\r\n\r\n${isup}`,
    `--${boundary}\r\nContent-Disposition: session\r\ncontent-type : application/sdp\r\n\r\n${sdp.trimEnd()}`,
    `--${boundary}--\r\n`,
  ];
  expect(bodyOf(contentType, parts.join('\r\n'))).toBe(sdp);
});

test.each([
  ['multipart/mixed', `--x\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--x--`],
  ['multipart/mixed;boundary=x', `--x\r\nContent-Type: application/sdp`],
  ['multipart/mixed;boundary=x', `--x--\r\n--x\r\nContent-Type: application/sdp\r\n\r\n${sdp}`],
  ['multipart/mixed;boundary=x', 'nothing'],
])('a multipart body without a readable part', (contentType, body) => {
  expect(bodyOf(contentType, body)).toBeUndefined();
});
