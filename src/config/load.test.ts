import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config.ts';
import { type ConfigSources, loadConfig } from './load.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (content: string): string => {
  const path = join(folder, 'settings.yaml');
  writeFileSync(path, content);
  return path;
};

const problemsOf = (sources: ConfigSources): readonly string[] => {
  try {
    loadConfig({ env: {}, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(loadConfig({ env: {} })).toMatchObject({
      data: resolve('data'),
      http: { host: '127.0.0.1', port: 8080 },
      sip: { host: '127.0.0.1', port: 5060 },
      rtp: { host: '127.0.0.1', first: 20_000, last: 29_999 },
      database: { kind: 'sqlite', path: resolve('data/openvoicecall.db') },
      privateReceivers: true,
      openConsole: true,
      ringTimeout: 60_000,
      createdWindow: 300_000,
      feeRetryInterval: 3_600_000,
      statusRetries: 0,
      hostName: hostname(),
    });
    expect(loadConfig({ env: {} }).trunk).toBeUndefined();
  });

  it('come from the flag before the environment, from there before the file', () => {
    const config = fileOf('http: 127.0.0.1:1\nsip: 127.0.0.1:1\nrtp: 127.0.0.1:1-2\nfee-retries: 3\n');
    const env = { OVC_CONFIG: config, OVC_HTTP: '127.0.0.1:2', OVC_SIP: '127.0.0.1:2', OVC_RTP: '' };
    expect(loadConfig({ env, flags: { http: '127.0.0.1:3' } })).toMatchObject({
      http: { port: 3 },
      sip: { port: 2 },
      rtp: { first: 1, last: 2 },
      feeRetries: 3,
    });
  });

  it('read a trunk, its credentials and IPv6 addresses', () => {
    const config = loadConfig({
      env: { OVC_TRUNK_USER: 'me', OVC_TRUNK_PASSWORD: 'secret', OVC_SIP: '[::1]:5070' },
      flags: { trunk: 'sip:[2001:db8::7]:5062;transport=tcp' },
    });
    expect(config).toMatchObject({
      sip: { host: '::1', port: 5070 },
      trunk: { host: '2001:db8::7', port: 5062, transport: 'TCP' },
      trunkCredentials: { username: 'me', password: 'secret' },
    });
    expect(loadConfig({ env: {}, flags: { trunk: 'sip:carrier.example' } }).trunk).toEqual({
      uri: 'sip:carrier.example',
      host: 'carrier.example',
      port: undefined,
      transport: 'UDP',
    });
  });

  it('allow private receivers by themselves only where the API is private too', () => {
    expect(loadConfig({ env: { OVC_HTTP: '192.0.2.1:8080' } }).privateReceivers).toBe(false);
    expect(
      loadConfig({ env: { OVC_HTTP: '192.0.2.1:8080', OVC_PRIVATE_RECEIVERS: 'true' } }).privateReceivers,
    ).toBe(true);
    expect(loadConfig({ env: {}, flags: { privateReceivers: false } }).privateReceivers).toBe(false);
    expect(loadConfig({ env: { OVC_RECEIVER_NETWORKS: '10.1.0.0/16' } }).privateReceivers).toBe(false);
  });

  it('leave the console open only in the sandbox, on the machine itself', () => {
    const open = (env: Record<string, string>): boolean => loadConfig({ env }).openConsole;
    expect(open({})).toBe(true);
    expect(open({ OVC_HTTP: '192.0.2.1:8080' })).toBe(false);
    expect(open({ OVC_TRUNK: 'sip:203.0.113.7' })).toBe(false);
    expect(open({ OVC_OPEN_CONSOLE: 'false' })).toBe(false);
  });

  it.each([
    ['200ms', 200],
    ['5', 5_000],
    ['90 s', 90_000],
    ['1.5min', 90_000],
    ['2h', 7_200_000],
  ])('read the duration %s', (ringTimeout, milliseconds) => {
    expect(loadConfig({ env: {}, flags: { ringTimeout } }).ringTimeout).toBe(milliseconds);
  });

  it.each([
    ['0', 0],
    ['4096', 4_096],
    ['1.5MB', 1_500_000],
    ['2 GB', 2_000_000_000],
  ])('read the size %s', (speechCacheSize, octets) => {
    expect(loadConfig({ env: {}, flags: { speechCacheSize } }).speechCacheSize).toBe(octets);
  });

  it('take numbers and switches of the file as they are written there', () => {
    const config = fileOf(
      'ring-timeout: 5\nkeep-alive: true\ntrunk-user: 100\ntrunk-password: 200\ntrunk:\n',
    );
    expect(loadConfig({ env: {}, flags: { config } })).toMatchObject({
      ringTimeout: 5_000,
      keepAlive: true,
      trunkCredentials: { username: '100', password: '200' },
    });
  });
});

describe('the certificate', () => {
  it('is two files, or none', () => {
    expect(loadConfig({ env: {} }).tls).toBeUndefined();
    expect(loadConfig({ env: {}, flags: { tlsCert: '/c.pem', tlsKey: '/k.pem' } }).tls).toEqual({
      cert: '/c.pem',
      key: '/k.pem',
    });
    expect(problemsOf({ flags: { tlsCert: '/c.pem' } })).toEqual([
      'tls-key: must be set too; HTTPS needs both files.',
    ]);
  });
});

describe('the place of recordings', () => {
  it('is the data directory, or a bucket with all that it takes', () => {
    expect(loadConfig({ env: {} }).recordingBucket).toBeUndefined();
    const env = {
      OVC_RECORDING_BUCKET_ENDPOINT: 'https://s3.example.com/',
      OVC_RECORDING_BUCKET_NAME: 'calls',
      OVC_RECORDING_BUCKET_ACCESS_KEY: 'access',
      OVC_RECORDING_BUCKET_SECRET_KEY: 'secret',
    };
    expect(loadConfig({ env }).recordingBucket).toEqual({
      endpoint: 'https://s3.example.com',
      bucket: 'calls',
      region: 'us-east-1',
      accessKey: 'access',
      secretKey: 'secret',
    });
  });
});

describe('a wrong setting is told with its key, its source and what to write', () => {
  it.each([
    ['http', '8080', 'http (flag --http): "8080" must be HOST:PORT'],
    ['http', '127.0.0.1:65536', 'http (flag --http)'],
    ['http', '::1:8080', 'http (flag --http)'],
    ['sip', 'sip:127.0.0.1:5060', 'sip (flag --sip)'],
    ['rtp', '127.0.0.1:20000', 'rtp (flag --rtp): "127.0.0.1:20000" must be HOST:FIRST-LAST'],
    ['rtp', '127.0.0.1:300-200', 'rtp (flag --rtp)'],
    ['rtp', '127.0.0.1:0-100', 'rtp (flag --rtp)'],
    ['trunk', '203.0.113.7', 'trunk (flag --trunk): "203.0.113.7" must be a SIP URI'],
    ['trunk', 'sip:203.0.113.7;transport=sctp', 'trunk (flag --trunk)'],
    ['nameServers', 'dns.example.com', 'name-servers (flag --name-servers)'],
    ['nameServers', '10.0.0.53,10.0.0.54:0', 'name-servers (flag --name-servers)'],
    ['trunk', 'sip:203.0.113.7:0', 'trunk (flag --trunk)'],
    ['drainSeconds', '-1', 'drain-seconds (flag --drain-seconds): "-1" must be a whole number from 0'],
    [
      'callRetention',
      '1h',
      'call-retention (flag --call-retention): "1h" must be 0, for ever, or at least 48h',
    ],
    ['requestKeyRetention', '0', 'request-key-retention (flag --request-key-retention): "0" must be longer'],
    ['proxyHeader', 'via', 'proxy-header (flag --proxy-header): "via" must be x-forwarded-for or forwarded'],
    ['ringTimeout', 'soon', 'ring-timeout (flag --ring-timeout): "soon" must be a number of seconds'],
    ['logLevel', 'loud', 'log-level (flag --log-level)'],
    ['privateReceivers', 'perhaps', 'private-receivers (flag --private-receivers)'],
    ['trustedProxies', '10.0.0.0/8,x', 'trusted-proxies (flag --trusted-proxies)'],
    ['sessionExpires', '89', 'session-expires (flag --session-expires)'],
    [
      'publicUrl',
      'voice.example.com',
      'public-url (flag --public-url): "voice.example.com" must be an http(s) URL',
    ],
    ['publicUrl', 'https://voice.example.com/?x', 'public-url (flag --public-url)'],
    ['speechTimeout', '0', 'speech-timeout (flag --speech-timeout): "0" must be a time from 1ms to 24h'],
    ['sandboxLongestCall', '25h', 'sandbox-longest-call (flag --sandbox-longest-call)'],
    [
      'speechCacheSize',
      '1TB',
      'speech-cache-size (flag --speech-cache-size): "1TB" must be a number of bytes',
    ],
    ['speechProcesses', '0', 'speech-processes (flag --speech-processes)'],
    ['recordingBucketName', 'calls', 'recording-bucket-endpoint, recording-bucket-name'],
  ])('%s %s', (key, value, problem) => {
    const problems = problemsOf({ flags: { [key]: value } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('all of them at once', () => {
    expect(problemsOf({ flags: { http: 'x', sip: 'y' }, env: { OVC_RTP: 'z' } })).toHaveLength(3);
  });

  it('from the environment and the file', () => {
    expect(problemsOf({ env: { OVC_RTP: 'z' } })[0]).toContain('rtp (environment OVC_RTP)');
    const config = fileOf('sip: here\n');
    expect(problemsOf({ flags: { config } })[0]).toContain(`sip (file ${config})`);
  });

  it('without showing what may hold a secret', () => {
    expect(problemsOf({ flags: { database: 'mysql://root:topsecret@db/x' } }).join()).not.toContain(
      'topsecret',
    );
  });

  it.each([
    ['an unknown key', 'htpp: 127.0.0.1:8080\n', 'htpp (file'],
    ['no keys at all', '- a\n- b\n', 'must hold keys and values'],
    ['no YAML', 'a: [1\n', 'cannot be read'],
  ])('a file with %s', (_case, content, problem) => {
    const problems = problemsOf({ flags: { config: fileOf(content) } });
    expect(problems.join()).toContain(problem);
  });

  it('a file that is not there', () => {
    expect(problemsOf({ env: { OVC_CONFIG: join(folder, 'nowhere.yaml') } })[0]).toContain('cannot be read');
  });

  it('an address that no far end can answer to', () => {
    expect(problemsOf({ flags: { sip: '0.0.0.0:5060' } })[0]).toContain('public-address: must be set');
    expect(problemsOf({ flags: { sip: '0.0.0.0:5060', publicAddress: '192.0.2.1' } })).toEqual([]);
    expect(problemsOf({ flags: { publicAddress: '0.0.0.0' } })).toHaveLength(1);
  });

  it('half of the credentials', () => {
    expect(problemsOf({ flags: { trunkUser: 'me' } })[0]).toContain('trunk-password');
  });
});
