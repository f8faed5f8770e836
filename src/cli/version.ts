import { readFileSync } from 'node:fs';

/** Of package.json, which lies two folders up from here in the source and in `dist`. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
