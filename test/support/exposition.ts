/**
 * Prometheus' text format, read as its documentation describes it (https://prometheus.io/docs/instrumenting/exposition_formats,
 * https://prometheus.io/docs/practices/naming). It shares no code with what writes it.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const VALUE = '[-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?|Inf)|NaN|Nan';
const SAMPLE = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (${VALUE})$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const SUFFIXES = /_(?:bucket|sum|count)$/;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`labels cannot be read: ${text}`);
    labels[match[1]!] = match[2]!;
  }
  return labels;
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));

/** @throws Error for a line that is not of the format, or a sample that belongs to no family */
export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, { name: string; help: string; type: string; samples: Sample[] }>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} is described twice`);
      families.set(name, { name, help: rest, type: 'untyped', samples: [] });
    } else if (kind === 'TYPE') families.get(name)!.type = rest;
    else {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      const family = families.get(sample) ?? families.get(sample.replace(SUFFIXES, ''));
      if (family === undefined) throw new Error(`not a sample of a family: ${line}`);
      family.samples.push({ name: sample, labels: labelsOf(labels), value: numberOf(value) });
    }
  }
  return families;
}

/** The value of a series: its name, and the labels that it must have at least. 0 where there is none: nothing was counted. */
export function valueOf(
  families: Map<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Everything in which families break Prometheus' conventions, as `promtool check metrics` would say it. */
export function problemsOf(families: Iterable<Family>): string[] {
  return [...families].flatMap((family) => [
    ...problemsOfName(family),
    ...problemsOfSeries(family),
    ...(family.type === 'histogram' ? problemsOfHistogram(family) : []),
  ]);
}

function problemsOfName({ name, help, type }: Family): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`${name}: not in snake case`);
  if (help.trim() === '') problems.push(`${name}: no help`);
  if ((type === 'counter') !== name.endsWith('_total'))
    problems.push(`${name}: _total is for counters (${type})`);
  if (/(?:milliseconds|_ms|minutes|kilobytes|_kb|percent)(?:_|$)/.test(name))
    problems.push(`${name}: not a base unit`);
  if (/_(?:histogram|gauge|counter|bucket|count|sum)$/.test(name))
    problems.push(`${name}: its type is in its name`);
  return problems;
}

function problemsOfSeries({ name, samples, type }: Family): string[] {
  const keys = samples.map(
    (sample) => `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`,
  );
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  const long = samples.filter(({ labels }) => Object.values(labels).some((value) => /\+?\d{8,}/.test(value)));
  const negative = samples.filter(({ value }) => type === 'counter' && !(value >= 0));
  return [
    ...twice.map((key) => `${name}: shown twice: ${key}`),
    ...long.map(({ labels }) => `${name}: a label looks like a phone number: ${JSON.stringify(labels)}`),
    ...negative.map(({ value }) => `${name}: a counter of ${value}`),
  ];
}

function problemsOfHistogram({ name, samples }: Family): string[] {
  const buckets = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    if (sample.name === `${name}_bucket`) {
      if (le === undefined) return [`${name}: a bucket without le`];
      buckets.set(key, [...(buckets.get(key) ?? []), sample]);
    }
  }
  return [...buckets].flatMap(([key, series]) => {
    const bounds = series.map(({ labels }) => numberOf(labels.le!.replace('+', '')));
    const counts = series.map(({ value }) => value);
    const count = samples.find(
      (sample) => sample.name === `${name}_count` && JSON.stringify(sample.labels) === key,
    );
    return [
      ...(ascends(bounds) && bounds.at(-1) === Infinity ? [] : [`${name}: bounds ${bounds.join(' ')}`]),
      ...(ascends(counts) && counts.at(-1) === count?.value ? [] : [`${name}: counts ${counts.join(' ')}`]),
    ];
  });
}

const ascends = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value >= values[index - 1]!);
