import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** The program's own files below a folder of `src`, without tests. */
function filesOf(folder: string): string[] {
  return readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(source, folder, name));
}

/** `FILE: LINE` of every line of code that matches; lines that are all comment do not count. */
function linesWith(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => pattern.test(line) && !/^\s*(\*|\/\*|\/\/)/.test(line))
      .map((line) => `${relative(source, file)}: ${line.trim()}`),
  );
}

/** What reaches out of the process or asks for the time or for chance. */
const outside =
  /node:(net|dgram|tls|fs|https?|timers|dns|child_process|worker_threads)\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\b(setTimeout|setInterval|setImmediate)\b|\bMath\.random\b|\bprocess\./;

describe('the architecture', () => {
  it.each(['sip', 'sdp', 'rtp', 'audio', 'call', 'accounts', 'limits'])(
    'keeps src/%s free of sockets, files, clocks and chance',
    (core) => {
      const files = filesOf(core);
      expect(files.length).toBeGreaterThan(0);
      expect(linesWith(files, outside)).toEqual([]);
    },
  );

  it('reads the environment in one place', () => {
    const readers = linesWith(filesOf('.'), /\bprocess\.env\b/).map((line) => line.split(':')[0]);
    expect(new Set(readers)).toEqual(new Set(['config/environment.ts']));
  });

  it('would notice', () => {
    const all = linesWith(filesOf('.'), outside).join('\n');
    for (const word of ['node:dgram', 'Date.now', 'setTimeout', 'process.env']) expect(all).toContain(word);
  });
});
