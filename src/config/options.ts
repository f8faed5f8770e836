/** The settings as flags, for `--help`. */
import { notes } from './kinds.ts';
import { kebab, type Key, keys, schema, variable } from './schema.ts';

/** One flag for `--help`. */
export interface SettingOption {
  /** `--rtp <HOST:FIRST-LAST>`, `--[no-]keep-alive`. */
  readonly flags: string;
  /** The key under which `loadConfig` expects the flag's value. */
  readonly name: Key;
  readonly switch: boolean;
  readonly description: string;
}

function defaultText(key: Key): string | undefined {
  const { fallback } = notes.get(schema.shape[key]) ?? {};
  if (fallback !== undefined) return fallback;
  const { def } = schema.shape[key];
  if (!('defaultValue' in def)) return undefined;
  const value: unknown = def.defaultValue;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? undefined : String(value);
}

/** Every key as a flag, in the order of the schema. */
export function settingOptions(): SettingOption[] {
  return keys.map((key) => {
    const { help = '', placeholder } = notes.get(schema.shape[key]) ?? {};
    const standard = defaultText(key);
    return {
      name: key,
      switch: placeholder === undefined,
      flags: placeholder === undefined ? `--${kebab(key)}` : `--${kebab(key)} <${placeholder}>`,
      description: `${help} [${variable(key)}${standard === undefined ? '' : `; ${standard}`}]`,
    };
  });
}
