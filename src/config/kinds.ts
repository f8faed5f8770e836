/** The kinds of values that settings have, and what `--help` says of each. */
import { z } from 'zod';
import { parseDuration, parseHostPort, parseOctets } from './forms.ts';

/** What `--help` says of a key. */
export interface Notes {
  readonly help: string;
  /** Stands for the value; a key without one is a switch. */
  readonly placeholder?: string;
  /** Where the default is worked out instead of fixed. */
  readonly fallback?: string;
  readonly secret?: true;
}

export const notes = z.registry<Notes>();

/** A value in a form of its own; `form` ends the sentence "must be ...". Numbers of the YAML file count as text. */
export function inForm<T>(form: string, parse: (text: string) => T | undefined) {
  return z.union([z.string(), z.number()], `must be ${form}`).transform((value, context): T => {
    const result = parse(String(value));
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `must be ${form}` });
    return z.NEVER;
  });
}

export const text = inForm('text', (value) => (value.trim() === '' ? undefined : value));

export const toggle = z.union([z.boolean(), z.stringbool()], 'must be true or false');

export const whole = (least: number, most: number) =>
  inForm(`a whole number from ${least} to ${most}`, (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  });

/** Milliseconds. */
export const duration = inForm(
  'a number of seconds, or one with a unit such as 200ms, 60s, 10min, 1h',
  parseDuration,
);

/** A duration that is neither none at all nor longer than a timer can be. Milliseconds. */
export const someTime = inForm('a time from 1ms to 24h, such as 200ms, 60s, 10min, 1h', (value) => {
  const milliseconds = parseDuration(value) ?? 0;
  return milliseconds >= 1 && milliseconds <= 86_400_000 ? milliseconds : undefined;
});

export const octets = inForm('a number of bytes, or one with a unit such as 500kB, 512MB, 2GB', parseOctets);

const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const ADDRESSES = 'must be IP addresses or CIDR blocks, separated by commas, such as 10.0.0.0/8';

export const addresses = z
  .union([
    z.string().transform((value) => value.split(',').map((entry) => entry.trim())),
    z.array(z.string()),
  ])
  .refine((entries) => entries.every((entry) => address.safeParse(entry).success), ADDRESSES);

export const hostPort = (example: string) => inForm(`HOST:PORT, for example ${example}`, parseHostPort);
