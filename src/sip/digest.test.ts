import { describe, expect, it } from 'vitest';
import { DigestClient, type DigestInput, digestResponse } from './digest.ts';
import { parseAuthHeader } from './message/auth-header.ts';
import { Headers } from './message/headers.ts';
import { SipRequest, SipResponse } from './message/message.ts';

const mufasa: DigestInput = {
  username: 'Mufasa',
  password: 'Circle of Life',
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  nc: '00000001',
  qop: 'auth',
  hash: 'md5',
  isSession: false,
  method: 'GET',
  uri: '/dir/index.html',
  body: new Uint8Array(0),
};

describe('the response value', () => {
  it('is that of RFC 7616 section 3.9.1 for MD5 and SHA-256', () => {
    expect(digestResponse(mufasa)).toBe('8ca523f5e9506fed4657c9700eebdbec');
    expect(digestResponse({ ...mufasa, hash: 'sha256' })).toBe(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  it('is that of an independent calculation for SHA-512-256, -sess and auth-int', () => {
    // By Python's hashlib, with the inputs of RFC 7616 section 3.9.1.
    expect(digestResponse({ ...mufasa, hash: 'sha512-256' })).toBe(
      '430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0',
    );
    expect(digestResponse({ ...mufasa, isSession: true })).toBe('e783283f46242139c486a698fec7211d');
    const body = Buffer.from('v=0\r\n');
    expect(digestResponse({ ...mufasa, hash: 'sha256', isSession: true, qop: 'auth-int', body })).toBe(
      'cade7e5b751d9c3c2f066a95f2405c5509ad0171cf93f117e98b7f0ebb212e57',
    );
  });

  it('is that of RFC 2617 section 3.5', () => {
    const response = digestResponse({
      ...mufasa,
      password: 'Circle Of Life',
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      cnonce: '0a4f113b',
    });
    expect(response).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('is that of RFC 2069 without qop', () => {
    // RFC 2069 section 2.4, as corrected by its erratum 749.
    const response = digestResponse({
      ...mufasa,
      password: 'CircleOfLife',
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      qop: undefined,
    });
    expect(response).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

const counting = () => {
  let next = 0;
  return { bytes: (count: number) => new Uint8Array(count).fill(++next) };
};

function client(username = 'alice', password = 'secret') {
  return new DigestClient({ credentials: { username, password }, random: counting() });
}

function request(method = 'INVITE') {
  return new SipRequest(method, 'sip:bob@example.com', new Headers([['Call-ID', '1']]));
}

function challenge(status: 401 | 407, ...challenges: string[]) {
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  return new SipResponse(status, undefined, new Headers(challenges.map((value) => [name, value])));
}

/** The parameters of each header that answers; fails on a refusal. */
function authorized(digest: DigestClient, asked: SipRequest, response: SipResponse) {
  const answer = digest.authorize(asked, response);
  if (answer.kind === 'refused') throw new Error(`refused: ${answer.why}`);
  const retry = asked.copy();
  retry.headers.delete('Authorization');
  retry.headers.delete('Proxy-Authorization');
  for (const [name, value] of answer.headers) retry.headers.append(name, value);
  const answers = answer.headers.map(([name, value]) => ({
    name,
    ...Object.fromEntries(parseAuthHeader(value).parameters),
  }));
  return { retry, answers: answers as Record<string, string>[], headers: answer.headers };
}

describe('a challenge', () => {
  it('of 401 is answered by Authorization, of 407 by Proxy-Authorization, with opaque echoed', () => {
    const text = 'Digest realm="r", nonce="n1", opaque="o p", qop="auth,auth-int", algorithm=MD5';
    const { headers } = authorized(client(), request(), challenge(401, text));
    expect(headers).toEqual([
      [
        'Authorization',
        'Digest username="alice", realm="r", nonce="n1", uri="sip:bob@example.com", ' +
          'response="88f50a257b99f1c2a0c3f08a0879f495", algorithm=MD5, cnonce="01010101010101010101010101010101", ' +
          'opaque="o p", qop=auth, nc=00000001',
      ],
    ]);
    expect(authorized(client(), request(), challenge(407, text)).answers[0]?.name).toBe(
      'Proxy-Authorization',
    );
  });

  it('without qop is answered without cnonce and nc, without algorithm as MD5', () => {
    const { answers } = authorized(client(), request(), challenge(401, 'Digest realm="r", nonce="n1"'));
    expect(Object.keys(answers[0] ?? {})).toEqual(['name', 'username', 'realm', 'nonce', 'uri', 'response']);
  });

  it('with auth-int only is answered over the body', () => {
    const asked = request();
    asked.setBody('application/sdp', 'v=0\r\n');
    const { answers } = authorized(
      client(),
      asked,
      challenge(401, 'Digest realm="r", nonce="n", qop="auth-int"'),
    );
    expect(answers[0]).toMatchObject({ qop: 'auth-int', nc: '00000001' });
  });

  it('of MD5 is passed over for a better hash, whatever the order; else the topmost is taken', () => {
    const md5 = 'Digest realm="r", nonce="m", qop="auth", algorithm=MD5';
    const sha256 = 'Digest realm="r", nonce="s", qop="auth", algorithm=SHA-256';
    const sha512 = 'Digest realm="r", nonce="t", qop="auth", algorithm=SHA-512-256';
    const chosen = (...texts: string[]) => authorized(client(), request(), challenge(401, ...texts)).answers;
    expect(chosen(md5, sha256)).toMatchObject([{ nonce: 's', algorithm: 'SHA-256' }]);
    expect(chosen(sha256, md5)).toMatchObject([{ nonce: 's' }]);
    expect(chosen(md5, sha512, sha256)).toMatchObject([{ nonce: 't', algorithm: 'SHA-512-256' }]);
  });

  it('of an unknown algorithm, scheme or qop, or that cannot be read, is ignored when another will do', () => {
    const { answers } = authorized(
      client(),
      request(),
      challenge(
        401,
        'Digest realm="r", nonce="x", algorithm=SHA3-512, qop="auth"',
        'Digest realm="r", nonce="x", qop="auth-conf"',
        'Bearer realm="r"',
        'Digest realm="r, nonce="x"',
        'Digest realm="r", nonce="good", algorithm=sha-256-SESS, qop="auth"',
      ),
    );
    expect(answers).toMatchObject([{ nonce: 'good', algorithm: 'sha-256-SESS' }]);
  });

  it('in each of several realms is answered in each', () => {
    const both = challenge(407, 'Digest realm="a", nonce="1"', 'Digest realm="b", nonce="2"');
    both.headers.append('WWW-Authenticate', 'Digest realm="a", nonce="3"');
    const { answers } = authorized(client(), request(), both);
    expect(answers.map(({ name, realm, nonce }) => [name, realm, nonce])).toEqual([
      ['Authorization', 'a', '3'],
      ['Proxy-Authorization', 'a', '1'],
      ['Proxy-Authorization', 'b', '2'],
    ]);
  });

  it('by a second hop keeps the answer to the first, with its nonce counted on', () => {
    const digest = client();
    const first = authorized(
      digest,
      request(),
      challenge(407, 'Digest realm="proxy", nonce="p", qop="auth"'),
    );
    const second = authorized(
      digest,
      first.retry,
      challenge(401, 'Digest realm="uas", nonce="u", qop="auth"'),
    );
    expect(second.answers).toMatchObject([
      { name: 'Proxy-Authorization', nonce: 'p', nc: '00000002' },
      { name: 'Authorization', nonce: 'u', nc: '00000001' },
    ]);
  });

  it('with quotes and backslashes in it is answered escaped, and hashed unescaped', () => {
    const text = String.raw`Digest realm="a \"b\" \\ c", nonce="n"`;
    const { headers, answers } = authorized(client('al"ice'), request(), challenge(401, text));
    expect(headers[0]?.[1]).toContain(String.raw`username="al\"ice", realm="a \"b\" \\ c"`);
    const expected = digestResponse({
      ...mufasa,
      username: 'al"ice',
      password: 'secret',
      realm: 'a "b" \\ c',
      nonce: 'n',
      qop: undefined,
      method: 'INVITE',
      uri: 'sip:bob@example.com',
    });
    expect(answers[0]?.response).toBe(expected);
  });
});

describe('a nonce', () => {
  const first = challenge(401, 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5-sess');

  it('is counted per use and keeps its cnonce', () => {
    const digest = client();
    const { answers } = authorized(digest, request(), first);
    const [again] = digest.reauthorize(request('BYE'));
    expect(answers[0]).toMatchObject({ nc: '00000001' });
    const parameters = parseAuthHeader(again?.[1] ?? '').parameters;
    expect(parameters.get('nc')).toBe('00000002');
    expect(parameters.get('cnonce')).toBe(answers[0]?.cnonce);
  });

  it('that comes again for another request is counted on; a new one starts at 1 with a new cnonce', () => {
    const digest = client();
    const one = authorized(digest, request(), first).answers[0];
    expect(authorized(digest, request('BYE'), first).answers[0]).toMatchObject({ nc: '00000002' });
    const fresh = authorized(
      digest,
      request('BYE'),
      challenge(401, 'Digest realm="r", nonce="n2", qop="auth"'),
    );
    expect(fresh.answers[0]).toMatchObject({ nonce: 'n2', nc: '00000001' });
    expect(fresh.answers[0]?.cnonce).not.toBe(one?.cnonce);
  });

  it('that is stale is replaced, and not for ever', () => {
    const digest = client();
    let { retry } = authorized(digest, request(), first);
    const stale = (nonce: string) =>
      challenge(401, `Digest realm="r", nonce="${nonce}", qop="auth", stale=TRUE`);
    for (const nonce of ['n2', 'n3', 'n4']) retry = authorized(digest, retry, stale(nonce)).retry;
    expect(digest.authorize(retry, stale('n5'))).toEqual({ kind: 'refused', why: 'rejected' });
  });

  it('may go stale any number of times after it has been good', () => {
    const digest = client();
    authorized(digest, request(), first);
    for (const nonce of ['n2', 'n3', 'n4', 'n5', 'n6']) {
      const update = request('UPDATE');
      for (const [name, value] of digest.reauthorize(update)) update.headers.append(name, value);
      const expired = challenge(401, `Digest realm="r", nonce="${nonce}", qop="auth"`);
      expect(authorized(digest, update, expired).answers[0]).toMatchObject({ nonce, nc: '00000001' });
    }
  });
});

describe('a refusal', () => {
  const text = 'Digest realm="r", nonce="n1", qop="auth"';

  it('says that there are no credentials', () => {
    const digest = new DigestClient({ random: counting() });
    expect(digest.authorize(request(), challenge(401, text))).toEqual({
      kind: 'refused',
      why: 'no-credentials',
    });
    expect(digest.reauthorize(request())).toEqual([]);
  });

  it('says that the credentials were wrong, with the same nonce or a new one', () => {
    for (const again of [text, text.replace('n1', 'n2'), `${text}, stale=true`]) {
      const digest = client();
      const { retry } = authorized(digest, request(), challenge(401, text));
      expect(digest.authorize(retry, challenge(401, again))).toEqual({ kind: 'refused', why: 'rejected' });
    }
  });

  it('says that a challenge of more than 2 KiB is none, so that nobody makes our requests grow', () => {
    const ofLength = (length: number): string => text.replace('n1', 'n'.repeat(length - text.length + 2));
    expect(authorized(client(), request(), challenge(401, ofLength(2_048))).headers).toHaveLength(1);
    const refusal = { kind: 'refused', why: 'unsupported' };
    expect(client().authorize(request(), challenge(401, ofLength(2_049)))).toEqual(refusal);
  });

  it('says that a response that opens more than 16 realms asks for too much', () => {
    const realms = (count: number): SipResponse => {
      const response = challenge(401, text);
      for (let realm = 1; realm < count; realm += 1)
        response.headers.append('WWW-Authenticate', text.replace('"r"', `"r${realm}"`));
      return response;
    };
    expect(authorized(client(), request(), realms(16)).headers).toHaveLength(16);
    const refusal = { kind: 'refused', why: 'unsupported' };
    expect(client().authorize(request(), realms(17))).toEqual(refusal);
  });

  it.each([
    ['SHA-256', 'Digest realm="r", nonce="n2", qop="auth", algorithm=MD5, stale=true'],
    ['SHA-256', 'Digest realm="r", nonce="n2", qop="auth", stale=true'],
    ['SHA-512-256', 'Digest realm="r", nonce="n2", qop="auth", algorithm=MD5-sess, stale=true'],
    ['MD5', 'Digest realm="r", nonce="n2", algorithm=MD5, stale=true'],
  ])('says that a realm that asked for %s with qop now asks for less: %s', (algorithm, weaker) => {
    const digest = client();
    const strong = `Digest realm="r", nonce="n1", qop="auth", algorithm=${algorithm}`;
    const { retry } = authorized(digest, request(), challenge(401, strong));
    const refusal = { kind: 'refused', why: 'downgraded' };
    expect(digest.authorize(retry, challenge(401, weaker))).toEqual(refusal);
    // What it knows it keeps: the next request still bears the better hash.
    expect(digest.reauthorize(request('BYE'))[0]?.[1]).toContain(`algorithm=${algorithm}`);
  });

  it('says that nothing offered is supported, and when nothing is offered', () => {
    const unsupported = { kind: 'refused', why: 'unsupported' };
    expect(client().authorize(request(), challenge(401))).toEqual(unsupported);
    expect(client().authorize(request(), challenge(401, 'Digest realm="r", nonce="n", algorithm=X'))).toEqual(
      unsupported,
    );
    expect(client().authorize(request(), challenge(401, 'Digest realm="r", qop="auth"'))).toEqual(
      unsupported,
    );
  });
});
