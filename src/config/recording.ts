/** Recordings: their form, where they are kept and how long. */
import { z } from 'zod';
import { parseBaseUrl } from './forms.ts';
import { duration, inForm, notes, text } from './kinds.ts';

export const recordingSettings = {
  recordingLayout: z
    .enum(['mixed', 'stereo'], { error: 'must be mixed or stereo' })
    .default('mixed')
    .register(notes, {
      placeholder: 'LAYOUT',
      help: 'recordings: mixed as the service does, or stereo (A left, B right)',
    }),
  recordingRetention: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long a recording, and what a sandbox phone heard, is kept after its call ended',
  }),
  recordingBucketEndpoint: inForm('an http(s) URL such as https://s3.example.com', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'S3-compatible server that keeps recordings',
      fallback: 'none: they stay in DATA/recordings',
    }),
  recordingBucketName: text
    .optional()
    .register(notes, { placeholder: 'NAME', help: 'bucket for recordings' }),
  recordingBucketRegion: text
    .default('us-east-1')
    .register(notes, { placeholder: 'NAME', help: 'its region' }),
  recordingBucketAccessKey: text
    .optional()
    .register(notes, { placeholder: 'KEY', help: 'access key for it' }),
  recordingBucketSecretKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'its secret (better in the environment or the file than in a flag)',
    secret: true,
  }),
  recordingUrlLifetime: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long the download address of a recording may be used',
  }),
};
