/** Every setting of the platform in one schema; each subject has a file beside this one. */
import { z } from 'zod';
import { callsSettings } from './calls.ts';
import { httpSettings } from './http.ts';
import { mediaSettings } from './media.ts';
import { pushSettings } from './push.ts';
import { recordingSettings } from './recording.ts';
import { serviceSettings } from './service.ts';
import { sipSettings } from './sip.ts';
import { speechSettings } from './speech.ts';
import { storeSettings } from './store.ts';

export const schema = z.object({
  ...storeSettings,
  ...httpSettings,
  ...sipSettings,
  ...mediaSettings,
  ...callsSettings,
  ...speechSettings,
  ...recordingSettings,
  ...pushSettings,
  ...serviceSettings,
});

export type Settings = z.output<typeof schema>;

export type Key = keyof typeof schema.shape & string;

/** In the order of `--help`. */
export const keys = Object.keys(schema.shape) as Key[];

/** `publicAddress` in flags and the file: `public-address`. */
export const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `publicAddress` in the environment: `OVC_PUBLIC_ADDRESS`. */
export const variable = (key: string): string => `OVC_${kebab(key).replaceAll('-', '_').toUpperCase()}`;
