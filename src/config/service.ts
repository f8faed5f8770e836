/** The process: its name, its log, its traces, its end. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { parseBaseUrl } from './forms.ts';
import { inForm, notes, someTime, toggle, whole } from './kinds.ts';

export const serviceSettings = {
  hostName: inForm('text of at most 128 characters', (value) => (value.length <= 128 ? value : undefined))
    .default(hostname())
    .register(notes, {
      placeholder: 'NAME',
      help: 'the name in session ids and call records',
      fallback: "the machine's name",
    }),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info')
    .register(notes, { placeholder: 'LEVEL', help: 'what is written to standard error' }),
  autoApprove: toggle.default(false).register(notes, {
    help: 'voice files and templates are approved when they are submitted: nobody reviews them',
  }),
  drainSeconds: whole(0, 86_400).prefault('300').register(notes, {
    placeholder: 'N',
    help: 'how long running calls may go on after SIGTERM',
  }),
  otlpEndpoint: inForm('an http(s) URL such as http://127.0.0.1:4318', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'OTLP/HTTP collector for a trace of each call; OTEL_EXPORTER_OTLP_ENDPOINT counts too',
      fallback: 'none: no traces',
    }),
  otlpPercentage: whole(0, 100).prefault('100').register(notes, {
    placeholder: 'N',
    help: 'how many of a hundred calls are traced',
  }),
  sandboxLongestCall: someTime.prefault('10min').register(notes, {
    placeholder: 'TIME',
    help: 'from its answer, after which a sandbox phone that nobody hung up hangs up by itself',
  }),
};
