/** The API, the console and who may use them. */
import { z } from 'zod';
import { type LegacyFeature, legacyFeatures } from '../http/voicecall/legacy-features.ts';
import { proxyHeaders } from '../http/proxies.ts';
import { parseBaseUrl } from './forms.ts';
import { addresses, duration, hostPort, inForm, notes, text, toggle, whole } from './kinds.ts';

const HOST_NAMES = 'must be host names without ports, separated by commas, such as voice.example.com';

const hostNames = z
  .union([
    z.string().transform((value) => value.split(',').map((entry) => entry.trim())),
    z.array(z.string()),
  ])
  .refine((entries) => entries.every((entry) => z.hostname().safeParse(entry).success), HOST_NAMES);

const LEGACY = `none, or some of ${legacyFeatures.join(', ')}, separated by commas`;

const legacyList = inForm(LEGACY, (value): readonly LegacyFeature[] | undefined => {
  if (value.trim() === 'none') return [];
  const named = value.split(',').map((entry) => entry.trim());
  const known = legacyFeatures.filter((feature) => named.includes(feature));
  return known.length === new Set(named).size ? known : undefined;
});

export const httpSettings = {
  http: hostPort('127.0.0.1:8080').prefault('127.0.0.1:8080').register(notes, {
    placeholder: 'HOST:PORT',
    help: 'API, console, admin; port 0 takes a free one',
  }),
  publicUrl: inForm('an http(s) URL such as https://voice.example.com', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'where clients reach the API, for download addresses',
      fallback: 'the Host of the request',
    }),
  trustedProxies: addresses.default([]).register(notes, {
    placeholder: 'ADDRESSES',
    help: 'reverse proxies that tell the client address',
  }),
  proxyHeader: z
    .enum(proxyHeaders, { error: 'must be x-forwarded-for or forwarded' })
    .default('x-forwarded-for')
    .register(notes, {
      placeholder: 'HEADER',
      help: 'where they tell it: x-forwarded-for (with -proto and -host), or forwarded (RFC 7239)',
    }),
  tlsCert: text.optional().register(notes, {
    placeholder: 'FILE',
    help: 'PEM certificate with its chain: HTTPS (TLS 1.2 and 1.3); read again when it changes and at SIGHUP',
    fallback: 'none: plain HTTP',
  }),
  tlsKey: text.optional().register(notes, { placeholder: 'FILE', help: 'its PEM key' }),
  keepAlive: toggle.default(false).register(notes, {
    help: 'keep connections of the compatible API open after the answer (the service closes them)',
  }),
  createdWindow: duration.prefault('300s').register(notes, {
    placeholder: 'TIME',
    help: 'how far Created of a request may be from our clock',
  }),
  secretGrace: duration.prefault('24h').register(notes, {
    placeholder: 'TIME',
    help: 'how long the old secret of an application works beside a new one; 0: not at all',
  }),
  appsPerAccount: whole(0, 10_000).prefault('5').register(notes, {
    placeholder: 'N',
    help: 'applications of an account that has no number of its own (account update --max-apps)',
  }),
  rejectReplays: toggle.default(false).register(notes, {
    help: 'refuse a repeated Nonce and Created within the window',
  }),
  legacy: legacyList.prefault(legacyFeatures.join(',')).register(notes, {
    placeholder: 'FEATURES',
    help: "what of the service's earlier years is answered: none, or some of login, wsse, sandbox, bindNbr, v1.0",
  }),
  signInLifetime: duration.prefault('12h').register(notes, {
    placeholder: 'TIME',
    help: 'how long somebody who signed in stays so at most',
  }),
  consoleHosts: hostNames.default([]).register(notes, {
    placeholder: 'NAMES',
    help: 'names by which browsers reach the console, beside addresses, localhost, and those of --http and --public-url',
  }),
  openConsole: toggle.optional().register(notes, {
    help: 'whoever opens the console in a browser on this machine is the operator, without signing in',
    fallback: 'on in the sandbox when --http is a loopback address',
  }),
  signInIdle: duration.prefault('1h').register(notes, {
    placeholder: 'TIME',
    help: 'how long he stays so without doing anything',
  }),
};
