import { describe, expect, it } from 'vitest';
import {
  createdTimestamp,
  messageId,
  nonce,
  signatureHeaders,
  standardHeaders,
  type SigningOrder,
} from './sign.ts';

const order: SigningOrder = {
  url: 'https://cdr.example/fee?x=1',
  appKey: 'ka4kESI5s3YyurL1wpx63s9YnEm2',
  appSecret: 'app secret',
  form: 'newline',
  nonce: 'abc123',
  created: '2026-01-01T00:00:00Z',
};

// printf 'URL\nNONCE\nCREATED' | openssl dgst -sha256 -hmac 'app secret' -binary | base64
const OPENSSL = {
  newline: 'PSpiCrrgEF4M3IFjA2CzAFgtNUMJRVKuPI9LC/J0BCw=',
  concatenated: '4YCcjoFwftA6niwCtoVub+ja0bzGqoPN2rouzANfW4A=',
} as const;

describe('signature of a push', () => {
  it.each(['newline', 'concatenated'] as const)('has the digest that openssl makes of it: %s', (form) => {
    expect(signatureHeaders({ ...order, form })).toEqual({
      Authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
      'X-AKSK':
        'UsernameToken Username="ka4kESI5s3YyurL1wpx63s9YnEm2",' +
        `PasswordDigest="${OPENSSL[form]}",Nonce="abc123",Created="2026-01-01T00:00:00Z"`,
    });
  });

  it('is absent for receivers that know none', () => {
    expect(signatureHeaders({ ...order, form: 'none' })).toEqual({});
  });

  it('shows UTC or Beijing time, both with a Z', () => {
    const now = Date.UTC(2026, 0, 31, 18, 5, 9, 999);
    expect(createdTimestamp(now, 'utc')).toBe('2026-01-31T18:05:09Z');
    expect(createdTimestamp(now, 'utc+8')).toBe('2026-02-01T02:05:09Z');
  });

  it('has a nonce of 32 hexadecimal digits, leading zeros kept', () => {
    const numbers = [0, 0xffffffff, 1, 0xabcdef];
    expect(nonce({ integer: () => numbers.shift() ?? 0 })).toBe('00000000ffffffff0000000100abcdef');
  });
});

describe('the headers of Standard Webhooks', () => {
  // The example of the specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript
  const example = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    appSecret: Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    body: '{"test": 2432232314}',
    now: 1_614_265_330_000,
  };

  it('sign id, time and body', () => {
    expect(standardHeaders({ ...example, form: 'newline' })).toEqual({
      'webhook-id': example.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('leave the signature out for an app whose pushes are not signed', () => {
    expect(Object.keys(standardHeaders({ ...example, form: 'none' }))).toEqual([
      'webhook-id',
      'webhook-timestamp',
    ]);
  });

  it('name the same pushes alike, and others differently', () => {
    const [one, two] = [
      { sessionId: 's', id: 1 },
      { sessionId: 's', id: 2 },
    ];
    expect(messageId([one])).toMatch(/^msg_[\w-]{27}$/);
    expect(messageId([one, two])).toBe(messageId([{ ...one }, { ...two }]));
    expect(new Set([messageId([one]), messageId([two]), messageId([one, two])]).size).toBe(3);
  });
});
