/**
 * `node bench/flame-graph.ts PROFILE.cpuprofile OUT.svg [TITLE]`: draws what `node --cpu-prof` measured. Width is time on the processor, idle
 * time left out; frames below a per cent are left out too, so that the picture stays small.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function as called from a certain stack. */
interface Frame {
  readonly name: string;
  readonly file: string;
  time: number;
  readonly callees: Map<string, Frame>;
}

const WIDTH = 1_000;
const ROW = 15;
const LEAST_SHARE = 0.01;
const CHARACTER = 6.2;
const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);

const frame = (name: string, file: string): Frame => ({ name, file, time: 0, callees: new Map() });

/** The functions that matter to readers; Node's own plumbing between them is left out. */
const isPlumbing = ({ callFrame: { url } }: ProfileNode): boolean => url.startsWith('node:internal');

function framesOf({ nodes, samples, timeDeltas }: Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const all = frame('all', '');
  for (const [index, sample] of samples.entries()) {
    const stack: ProfileNode[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = callers.get(id)) {
      const node = byId.get(id);
      if (node !== undefined) stack.unshift(node);
    }
    const { functionName = '(root)', url } = stack.at(-1)?.callFrame ?? {};
    // Nor is the start of the profiler itself.
    if (NOT_WORK.has(functionName) || url === 'node:inspector') continue;
    add(all, stack, timeDeltas[index] ?? 0);
  }
  return all;
}

function add(all: Frame, stack: readonly ProfileNode[], time: number): void {
  let at = all;
  at.time += time;
  for (const node of stack) {
    const { functionName, url, lineNumber } = node.callFrame;
    if (functionName === '(root)' || (isPlumbing(node) && node !== stack.at(-1))) continue;
    const name = functionName || '(anonymous)';
    const file = url === '' ? '' : `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
    const key = `${name} ${file}`;
    const callee = at.callees.get(key) ?? frame(name, file);
    at.callees.set(key, callee);
    callee.time += time;
    at = callee;
  }
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Ours are blue, undici and kysely yellow, Node and the system grey. */
function colour({ file, name }: Frame): string {
  if (/^(webhooks|store|call|bench)\//.test(file)) return '#9ec5fe';
  if (file === '' || file.startsWith('node:') || name.startsWith('(')) return '#dee2e6';
  return '#ffe08a';
}

function draw(at: Frame, left: number, depth: number, total: number, shapes: string[]): number {
  let deepest = depth;
  let x = left;
  for (const callee of [...at.callees.values()].sort((a, b) => b.time - a.time)) {
    if (callee.time / total < LEAST_SHARE) continue;
    const width = (callee.time / total) * WIDTH;
    const share = ((callee.time / total) * 100).toFixed(1);
    const label = escaped(callee.name.slice(0, Math.max(0, Math.floor(width / CHARACTER) - 1)));
    const y = depth * ROW;
    shapes.push(
      `<g><title>${escaped(`${callee.name} ${callee.file} ${share} %`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour(callee)}"/>${label === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${label}</text>`}</g>`,
    );
    deepest = Math.max(deepest, draw(callee, x, depth + 1, total, shapes));
    x += width;
  }
  return deepest;
}

const [input, output, title = ''] = process.argv.slice(2);
if (input === undefined || output === undefined) {
  console.error('usage: node bench/flame-graph.ts PROFILE.cpuprofile OUT.svg [TITLE]');
  process.exit(2);
}
const all = framesOf(JSON.parse(readFileSync(input, 'utf8')) as Profile);
const shapes: string[] = [];
const rows = draw(all, 0, 1, all.time, shapes) + 1;
writeFileSync(
  output,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${rows * ROW}" font-family="monospace" font-size="10"><text x="2" y="11">${escaped(title)}</text>${shapes.join('\n')}</svg>\n`,
);
