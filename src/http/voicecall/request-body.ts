import type { Readable } from 'node:stream';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import { Refused } from './refused.ts';

/** The longest legal click2Call body is a small part of it. */
const LONGEST_BODY = 64 * 1024;

/** What is read and thrown away of a longer one, so that the client reads our answer instead of a reset connection. */
const LONGEST_DISCARDED = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The whole body; undefined when it is longer than it may be. Rejects when the client goes away. */
export function readBody(stream: Readable): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let size = 0;
  const read = (chunk: Buffer): void => {
    size += chunk.length;
    if (size <= LONGEST_BODY) chunks.push(chunk);
    else if (size > LONGEST_DISCARDED) {
      stream.pause().off('data', read);
      resolve(undefined);
    }
  };
  stream.on('data', read);
  stream.once('end', () => resolve(size <= LONGEST_BODY ? Buffer.concat(chunks) : undefined));
  stream.once('error', reject);
  stream.once('close', () => {
    if (!stream.readableEnded) reject(new Error('The request ended before its body.'));
  });
  return promise;
}

/**
 * The JSON value of a body, whatever Content-Type says.
 * @throws {Refused} 1010002 when it is absent, too long, not UTF-8 or not JSON
 */
export function parseBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) throw new Refused(resultCodes.invalidRequest);
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new Refused(resultCodes.invalidRequest);
  }
}
