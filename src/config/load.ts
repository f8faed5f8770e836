/** Reads the settings: flags win over the environment, the environment over the YAML file, the file over the default. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { completed, type Config, ConfigError } from './config.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { notes } from './kinds.ts';
import { kebab, type Key, keys, schema, variable } from './schema.ts';

export interface ConfigSources {
  /** By key (`publicAddress`), and `config` for the file. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Environment;
}

interface Sourced {
  readonly value: unknown;
  /** For the error message: a flag, a variable, or a file. */
  readonly source: string;
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Variables that other programs use for the same thing; ours come first. */
const alsoKnownAs: Partial<Record<Key, readonly string[]>> = {
  otlpEndpoint: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
};

/** @throws {ConfigError} with everything that is wrong, not only the first thing */
export function loadConfig({ flags = {}, env = processEnvironment() }: ConfigSources = {}): Config {
  const path = flags.config ?? env.OVC_CONFIG;
  const file = typeof path === 'string' && path !== '' ? readConfigFile(path) : {};
  const found = new Map<Key, Sourced>();
  for (const key of keys) {
    const candidates: Sourced[] = [
      { value: flags[key], source: `flag --${kebab(key)}` },
      ...[variable(key), ...(alsoKnownAs[key] ?? [])].map((name) => ({
        value: env[name],
        source: `environment ${name}`,
      })),
      { value: file[kebab(key)], source: `file ${String(path)}` },
    ];
    const first = candidates.find(({ value }) => isSet(value));
    if (first !== undefined) found.set(key, first);
  }
  const result = schema.safeParse(Object.fromEntries([...found].map(([key, { value }]) => [key, value])));
  if (!result.success) throw new ConfigError(result.error.issues.map((issue) => problemOf(issue, found)));
  return completed(result.data);
}

function problemOf(issue: z.core.$ZodIssue, found: ReadonlyMap<Key, Sourced>): string {
  const key = issue.path[0] as Key;
  const { value, source } = found.get(key) ?? { value: undefined, source: 'default' };
  const shown = notes.get(schema.shape[key])?.secret ? 'its value' : JSON.stringify(value);
  return `${kebab(key)} (${source}): ${shown} ${issue.message}.`;
}

function readConfigFile(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ConfigError([`config: ${path} cannot be read: ${why}`]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError([`config: ${path} must hold keys and values, such as "http: 127.0.0.1:8080".`]);
  }
  const known = new Set(keys.map(kebab));
  const unknown = Object.keys(content).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    const remedy = 'remove it, or see openvoicecall serve --help for the keys there are';
    throw new ConfigError(unknown.map((key) => `${key} (file ${path}): there is no such key; ${remedy}.`));
  }
  return { ...content };
}
