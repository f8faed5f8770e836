import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { AwsV4Signer } from 'aws4fetch';
import { request } from 'undici';
import type { Clock, RecordingStorage } from '../call/ports.ts';
import type { KeptRecording, RecordingArchive } from '../call/recording-archive.ts';
import type { RecordingFolder } from './recording-folder.ts';

export interface BucketAddress {
  /** `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`; without a slash at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface RecordingBucketOptions extends BucketAddress {
  /** Where recordings are written, and stay until they are uploaded. */
  readonly folder: RecordingFolder;
  readonly clock: Clock;
}

/** ms from one attempt of an upload to the next. */
const RETRY_DELAYS = [1_000, 5_000] as const;

/** ms that the server may keep silent. */
const PATIENCE = 30_000;

/** s: the longest that a presigned URL may be valid. */
const LONGEST_VALIDITY = 604_800;

/** Our names, so that nothing else of the bucket is ever removed. */
const OUR_NAME = /^\d+_\d+_\d+_\d{14}\.wav$/;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Recordings in a bucket of any server that speaks S3, addressed by path; signed as AWS Signature Version 4 wants. */
export class RecordingBucket implements RecordingArchive {
  readonly #options: RecordingBucketOptions;
  readonly #uploads = new Map<string, Promise<void>>();
  /** Those that calls are writing. */
  readonly #begun = new Set<string>();

  constructor(options: RecordingBucketOptions) {
    this.#options = options;
  }

  begin(sessionId: string): ReturnType<RecordingStorage['begin']> {
    const { folder, bucket, endpoint } = this.#options;
    const begun = folder.begin(sessionId);
    this.#begun.add(begun.objectName);
    return { ...begun, bucketName: bucket, domain: new URL(endpoint).host };
  }

  /** Uploads it, with two repetitions, and then removes the local copy. One that is gone was uploaded before. */
  complete(objectName: string): Promise<void> {
    this.#begun.delete(objectName);
    const running = this.#uploads.get(objectName);
    if (running !== undefined) return running;
    const upload = this.#upload(objectName).finally(() => this.#uploads.delete(objectName));
    this.#uploads.set(objectName, upload);
    return upload;
  }

  /** Uploads what could not be uploaded before, one after the other. @throws why one of them still cannot be */
  async resume(): Promise<void> {
    const failures: unknown[] = [];
    for (const name of await this.#options.folder.names()) {
      if (!this.#begun.has(name)) await this.complete(name).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** What a crash cut off is here still. */
  lengthOf(objectName: string): Promise<number | undefined> {
    return this.#options.folder.lengthOf(objectName);
  }

  /** On this machine as long as it was not uploaded. */
  async locate(objectName: string, validFor: number): Promise<KeptRecording | undefined> {
    const local = await this.#options.folder.locate(objectName);
    if (local !== undefined) return local;
    const { status } = await this.#ask('HEAD', objectName);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`the bucket answered ${status} when a recording was looked for`);
    const expires = Math.max(1, Math.min(LONGEST_VALIDITY, Math.floor(validFor / 1_000)));
    const { url } = await this.#signed('GET', `${objectName}?X-Amz-Expires=${expires}`, true);
    return { kind: 'url', url: url.href };
  }

  async removeBefore(time: number): Promise<number> {
    let removed = await this.#options.folder.removeBefore(time);
    for (const name of await this.#namesBefore(time)) {
      await this.#delete(name);
      removed += 1;
    }
    return removed;
  }

  async remove(objectName: string): Promise<void> {
    // One that is on its way there arrives first.
    await this.#uploads.get(objectName)?.catch(() => {});
    await this.#options.folder.remove(objectName);
    if (OUR_NAME.test(objectName)) await this.#delete(objectName);
  }

  async #delete(name: string): Promise<void> {
    const { status } = await this.#ask('DELETE', name);
    if (status >= 300 && status !== 404) throw new Error(`the bucket answered ${status} to a removal`);
  }

  async #upload(objectName: string): Promise<void> {
    const { folder, clock } = this.#options;
    for (const delay of [...RETRY_DELAYS, undefined]) {
      const local = await folder.locate(objectName);
      if (local === undefined) return;
      try {
        return await this.#put(objectName, local.path);
      } catch (error) {
        if (delay === undefined) throw error;
        const over = Promise.withResolvers<void>();
        clock.after(delay, over.resolve);
        await over.promise;
      }
    }
  }

  async #put(objectName: string, path: string): Promise<void> {
    const { size } = await stat(path);
    const { url, headers } = await this.#signed('PUT', objectName, false);
    const { statusCode, body } = await request(url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': String(size), 'content-type': 'audio/wav' },
      body: createReadStream(path),
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`the bucket answered ${statusCode} to an upload`);
    await rm(path, { force: true });
  }

  /** ListObjectsV2, page after page. */
  async #namesBefore(time: number): Promise<string[]> {
    const names: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const more = next === '' ? '' : `&continuation-token=${encodeURIComponent(next)}`;
      const { status, text } = await this.#ask('GET', `?list-type=2${more}`);
      if (status !== 200) throw new Error(`the bucket answered ${status} when its recordings were listed`);
      for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const name = elementOf(entry, 'Key');
        const written = Date.parse(elementOf(entry, 'LastModified') ?? '');
        if (name !== undefined && OUR_NAME.test(name) && written < time) names.push(name);
      }
      next = elementOf(text, 'NextContinuationToken');
    }
    return names;
  }

  async #ask(method: 'GET' | 'HEAD' | 'DELETE', path: string): Promise<Answer> {
    const { url, headers } = await this.#signed(method, path, false);
    const timeouts = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE };
    const { statusCode, body } = await request(url, { method, headers, ...timeouts });
    return { status: statusCode, text: await body.text() };
  }

  /** @param inUrl the signature goes into the URL, for somebody else to use */
  async #signed(
    method: string,
    path: string,
    inUrl: boolean,
  ): Promise<{ url: URL; headers: Record<string, string> }> {
    const { endpoint, bucket, region, accessKey, secretKey, clock } = this.#options;
    const separator = path.startsWith('?') ? '' : '/';
    const signer = new AwsV4Signer({
      method,
      url: `${endpoint}/${encodeURIComponent(bucket)}${separator}${path}`,
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      service: 's3',
      region,
      signQuery: inUrl,
      datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    const { url, headers } = await signer.sign();
    return { url, headers: Object.fromEntries(headers) };
  }
}

/** The text of the first element of a name: names and times of S3 need no more of XML than its few entities. */
function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
