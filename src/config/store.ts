/** Where everything is kept, and how secrets in it are locked. */
import { parseDatabase } from './forms.ts';
import { duration, inForm, notes, text } from './kinds.ts';

/** ms. */
const SHORTEST = 48 * 3_600_000;

export const storeSettings = {
  data: text.default('./data').register(notes, {
    placeholder: 'DIR',
    help: 'database, voice files, recordings, admin.json (0600: url and token)',
  }),
  database: inForm('sqlite:PATH or postgres://USER@HOST/NAME', parseDatabase).optional().register(notes, {
    placeholder: 'URL',
    help: 'sqlite:PATH or postgres://USER@HOST/NAME',
    fallback: 'sqlite:DATA/openvoicecall.db',
    secret: true,
  }),
  secretKey: inForm('text of at least 32 characters', (value) => (value.length >= 32 ? value : undefined))
    .optional()
    .register(notes, {
      placeholder: 'SECRET',
      help: 'what secrets are encrypted with in the database (better in the environment or the file than in a flag)',
      fallback: 'DATA/secret.key, made at the first start',
      secret: true,
    }),
  previousSecretKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'the key before it: what was encrypted with it is encrypted anew at the start',
    fallback: 'DATA/secret.key.previous where it is there',
    secret: true,
  }),
  callRetention: duration
    .prefault('0')
    // Limits count the calls of a day, in whatever time zone, from what is stored.
    .refine((time) => time === 0 || time >= SHORTEST, 'must be 0, for ever, or at least 48h')
    .register(notes, {
      placeholder: 'TIME',
      help: 'how long an ended call is kept, with its events, pushes and record; 0 for ever',
    }),
  requestKeyRetention: duration
    .prefault('24h')
    .refine((time) => time > 0, 'must be longer than nothing')
    .register(notes, {
      placeholder: 'TIME',
      help: 'how long an Idempotency-Key stands for its request',
    }),
  auditRetention: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long the audit trail is kept; 0 for ever',
  }),
};
