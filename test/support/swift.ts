import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AwsV4Signer } from 'aws4fetch';
import type { BucketAddress } from '../../src/store/recording-bucket.ts';
import { eventually, PeerProcess, temporaryDirectory } from './peer-process.ts';

const program = fileURLToPath(new URL('swift-server.py', import.meta.url));
const python = '/usr/bin/python3';

/** Whether OpenStack Swift is installed (Debian's python3-swift, for Debian's own Python). */
export function swiftInstalled(): boolean {
  try {
    execFileSync(python, ['-c', 'import swift'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** OpenStack Swift as a server of S3 that verifies signatures; each test makes a bucket of its own. */
export class Swift extends PeerProcess {
  readonly #directory: ReturnType<typeof temporaryDirectory>;
  #buckets = 0;

  private constructor(directory: ReturnType<typeof temporaryDirectory>) {
    super(python, [program, directory.path]);
    this.#directory = directory;
  }

  static async start(): Promise<Swift> {
    const swift = new Swift(temporaryDirectory());
    void swift.exited.then((code) => (swift.output += `\nended with ${code}`));
    await eventually(() => /^ready \d+$|^ended with/m.test(swift.output), 'Swift is ready');
    if (swift.#port === undefined) throw new Error(swift.output);
    return swift;
  }

  get #port(): string | undefined {
    return /^ready (\d+)$/m.exec(this.output)?.[1];
  }

  /** An empty bucket. */
  async bucket(): Promise<BucketAddress> {
    this.#buckets += 1;
    const address = {
      endpoint: `http://127.0.0.1:${this.#port}`,
      bucket: `calls-${this.#buckets}`,
      region: 'us-east-1',
      accessKey: 'test:tester',
      secretKey: 'testing',
    };
    const { status } = await askBucket(address, 'PUT');
    if (status !== 200) throw new Error(`no bucket: ${status} ${this.output}`);
    return address;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}

/** A signed request about the bucket itself, or about an object in it. */
export async function askBucket(
  { endpoint, bucket, region, accessKey, secretKey }: BucketAddress,
  method: string,
  objectName?: string,
): Promise<Response> {
  const signer = new AwsV4Signer({
    method,
    url: [endpoint, bucket, ...(objectName === undefined ? [] : [objectName])].join('/'),
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    service: 's3',
    region,
  });
  const { url, headers } = await signer.sign();
  return fetch(url, { method, headers });
}
