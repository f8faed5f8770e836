import type { SeededRandom } from '../../virtual-network/seeded-random.ts';

/** Numbers at which counting goes wrong. */
const numbers = [
  '0',
  '-1',
  '1',
  '127',
  '255',
  '256',
  '32767',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '1e309',
  'NaN',
];
const bytes = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x7f, 0x80, 0xbf, 0xc0, 0xff];

export interface MutationMaterial {
  readonly random: SeededRandom;
  /** Other inputs, to take pieces from. */
  readonly others: readonly Buffer[];
  /** Words that mean something to the target. */
  readonly words: readonly string[];
  readonly longest: number;
}

type Mutation = (input: Buffer, material: MutationMaterial) => Buffer;

const below = (random: SeededRandom, count: number): number => Math.floor(random.next() * count);
const pick = <T>(random: SeededRandom, list: readonly T[]): T | undefined => list[below(random, list.length)];

/** Small numbers more often than large ones. */
const size = (random: SeededRandom): number => 1 + below(random, 2 ** (1 + below(random, 7)));

function replaced(input: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, at), by, input.subarray(at + length)]);
}

const mutations: readonly Mutation[] = [
  function flipBit(input, { random }) {
    const copy = Buffer.from(input);
    const at = below(random, copy.length);
    if (copy.length > 0) copy[at] = copy[at]! ^ (1 << below(random, 8));
    return copy;
  },
  function setByte(input, { random }) {
    const by = Uint8Array.of(random.next() < 0.5 ? below(random, 256) : (pick(random, bytes) ?? 0));
    return replaced(input, below(random, input.length), 1, by);
  },
  function insertByte(input, { random }) {
    return replaced(input, below(random, input.length + 1), 0, Uint8Array.of(pick(random, bytes) ?? 0));
  },
  function remove(input, { random }) {
    return replaced(input, below(random, input.length), size(random), new Uint8Array());
  },
  function truncate(input, { random }) {
    return input.subarray(0, below(random, input.length));
  },
  function repeatPiece(input, { random }) {
    const at = below(random, input.length);
    const piece = input.subarray(at, at + size(random));
    const times = random.next() < 0.9 ? 1 : 2 ** (1 + below(random, 10));
    return replaced(input, at, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
  function insertWord(input, { random, words }) {
    return replaced(input, below(random, input.length + 1), 0, Buffer.from(pick(random, words) ?? ''));
  },
  function overwriteWithWord(input, { random, words }) {
    const word = Buffer.from(pick(random, words) ?? '');
    return replaced(input, below(random, input.length), word.length, word);
  },
  /** In place of digits that are there, so that it stands where a number is read. */
  function changeNumber(input, { random }) {
    const found = [...input.toString('latin1').matchAll(/\d+/g)];
    const match = pick(random, found);
    const text = random.next() < 0.5 ? pick(random, numbers) : String(below(random, 1_000));
    if (match === undefined || text === undefined) return input;
    return replaced(input, match.index, match[0].length, Buffer.from(text));
  },
  function writeInteger(input, { random }) {
    const value = Math.floor(random.next() * 2 ** (1 + below(random, 32)));
    const integer = Buffer.alloc(4);
    if (random.next() < 0.5) integer.writeUInt32BE(value);
    else integer.writeUInt32LE(value);
    return replaced(input, below(random, input.length), 4, integer);
  },
  function takePieceOfAnother(input, { random, others }) {
    const other = pick(random, others) ?? input;
    const from = below(random, other.length);
    const piece = other.subarray(from, from + size(random));
    const overwritten = random.next() < 0.5 ? piece.length : 0;
    return replaced(input, below(random, input.length + 1), overwritten, piece);
  },
  function goOnAsAnother(input, { random, others }) {
    const other = pick(random, others) ?? input;
    return Buffer.concat([
      input.subarray(0, below(random, input.length)),
      other.subarray(below(random, other.length)),
    ]);
  },
  /** Lines of text: one lost, doubled, or put elsewhere. */
  function moveLine(input, { random }) {
    const lines = input.toString('latin1').split('\n');
    const [line = ''] = lines.splice(below(random, lines.length), 1);
    const times = below(random, 3);
    for (let count = 0; count < times; count += 1) lines.splice(below(random, lines.length + 1), 0, line);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
];

/** An input made of another by one to eight changes; never longer than `longest`. */
export function mutated(input: Buffer, material: MutationMaterial): Buffer {
  const { random, longest } = material;
  let result = input;
  for (let changes = 1 + below(random, 2 ** below(random, 4)); changes > 0; changes -= 1) {
    result = (pick(random, mutations) ?? ((same) => same))(result, material).subarray(0, longest);
  }
  return result;
}
