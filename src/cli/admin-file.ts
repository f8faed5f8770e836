import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `DATA/admin.json`: how the operator's commands reach the running server. Readable by its owner only. */
export interface AdminFile {
  readonly url: string;
  readonly token: string;
  /** Of HTTPS: the file that its certificate is in. */
  readonly certificate?: string;
}

const pathOf = (data: string): string => join(data, 'admin.json');

/** `ENOTDIR`: a part of the directory's path is a file. */
const ABSENT = ['ENOENT', 'ENOTDIR'];

/** @returns undefined when there is none, or it is not ours */
export function readAdminFile(data: string): AdminFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(pathOf(data), 'utf8'));
    const { url, token, certificate } = content as Partial<AdminFile>;
    if (typeof url !== 'string' || typeof token !== 'string') return undefined;
    return typeof certificate === 'string' ? { url, token, certificate } : { url, token };
  } catch (error) {
    if (error instanceof SyntaxError || ABSENT.includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** The token of the last start, so that scripts keep theirs; else a new one of 256 bits. */
export function adminToken(data: string): string {
  return readAdminFile(data)?.token ?? randomBytes(32).toString('base64url');
}

/** Replaces the file as a whole, so that nobody reads half of it. */
export function writeAdminFile(data: string, content: AdminFile): void {
  mkdirSync(data, { recursive: true });
  const path = pathOf(data);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
