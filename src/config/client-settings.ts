import { resolve } from 'node:path';
import { type Environment, processEnvironment } from './environment.ts';

/** Where a command finds the running server. */
export interface ClientSettings {
  /** Absolute; its `admin.json` tells url and token. */
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
}

/** The settings of the commands that talk to a running server: `--data`, else `OVC_DATA`; `OVC_URL` and `OVC_TOKEN`. */
export function clientSettings(
  flags: { readonly data?: string },
  env: Environment = processEnvironment(),
): ClientSettings {
  return {
    data: resolve(flags.data ?? (env.OVC_DATA || './data')),
    url: env.OVC_URL || undefined,
    token: env.OVC_TOKEN || undefined,
  };
}
