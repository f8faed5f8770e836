/** What a heap snapshot of V8 holds, by who holds it. */

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** Bytes and numbers of objects. */
export interface Held {
  readonly bytes: number;
  readonly count: number;
}

/** Classes of the language and of Node: what they hold belongs to whoever holds them. */
const LANGUAGE =
  /^(?:Object|Array|Map|Set|WeakMap|WeakSet|WeakRef|Promise|String|Number|Function|Generator|AsyncFunction|AbortSignal|AbortController|Timeout|Date|Error|RegExp|Symbol|ArrayBuffer|Buffer|\w*Array|\w* Iterator|Module\w*|system \/.*|\(.*\)|)$/;

/**
 * Bytes by class: those of its instances and of what they lead to before another class does (its maps, arrays, closures,
 * texts). `count` is that of the instances. What no instance leads to is `(other)`.
 */
export function holdersOf(text: string): Map<string, Held> {
  const { snapshot, nodes, edges, strings } = JSON.parse(text) as Snapshot;
  const { node_fields, node_types, edge_fields, edge_types } = snapshot.meta;
  const [type, name, size, edgeCount] = ['type', 'name', 'self_size', 'edge_count'].map((field) =>
    node_fields.indexOf(field),
  ) as [number, number, number, number];
  const [edgeType, toNode] = ['type', 'to_node'].map((field) => edge_fields.indexOf(field)) as [
    number,
    number,
  ];
  const isObject = node_types[0].indexOf('object');
  const isWeak = edge_types[0].indexOf('weak');
  const [width, edgeWidth] = [node_fields.length, edge_fields.length];
  const count = nodes.length / width;

  const firstEdge = new Uint32Array(count + 1);
  /** Index of the owner's name, plus one. */
  const owner = new Uint32Array(count);
  const queue = new Uint32Array(count);
  let [end, begin] = [0, 0];
  const instances = new Map<number, number>();
  for (let node = 0; node < count; node++) {
    firstEdge[node + 1] = firstEdge[node]! + nodes[node * width + edgeCount]!;
    const named = nodes[node * width + name]!;
    if (nodes[node * width + type] !== isObject || LANGUAGE.test(strings[named]!)) continue;
    owner[node] = named + 1;
    queue[end++] = node;
    instances.set(named, (instances.get(named) ?? 0) + 1);
  }
  while (begin < end) {
    const node = queue[begin++]!;
    for (let edge = firstEdge[node]!; edge < firstEdge[node + 1]!; edge++) {
      if (edges[edge * edgeWidth + edgeType] === isWeak) continue;
      const to = edges[edge * edgeWidth + toNode]! / width;
      if (owner[to] !== 0) continue;
      owner[to] = owner[node]!;
      queue[end++] = to;
    }
  }
  const held = new Map<string, Held>();
  for (let node = 0; node < count; node++) {
    const key = owner[node] === 0 ? '(other)' : strings[owner[node]! - 1]!;
    const before = held.get(key)?.bytes ?? 0;
    const bytes = before + nodes[node * width + size]!;
    held.set(key, { bytes, count: owner[node] === 0 ? 0 : (instances.get(owner[node]! - 1) ?? 0) });
  }
  return held;
}

/** What grew from one snapshot to another, most first, in bytes for each of `units`. */
export function growth(
  before: Map<string, Held>,
  after: Map<string, Held>,
  units: number,
): { readonly holder: string; readonly bytes: number; readonly objects: number }[] {
  return [...after]
    .map(([holder, { bytes, count }]) => ({
      holder,
      bytes: Math.round((bytes - (before.get(holder)?.bytes ?? 0)) / units),
      objects: Number(((count - (before.get(holder)?.count ?? 0)) / units).toFixed(2)),
    }))
    .filter(({ bytes }) => bytes > 0)
    .sort((one, other) => other.bytes - one.bytes);
}
