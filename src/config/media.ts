/** The media: ports, threads, and when a leg counts as lost. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { parsePortRange } from './forms.ts';
import { duration, inForm, notes, whole } from './kinds.ts';

export const mediaSettings = {
  rtp: inForm('HOST:FIRST-LAST, for example 127.0.0.1:20000-29999', parsePortRange)
    .prefault('127.0.0.1:20000-29999')
    .register(notes, { placeholder: 'HOST:FIRST-LAST', help: 'media' }),
  mediaTimeout: duration.prefault('120s').register(notes, {
    placeholder: 'TIME',
    help: 'silence on the wire after which a leg counts as lost',
  }),
  rtpLogLegs: whole(0, 10_000).optional().register(notes, {
    placeholder: 'N',
    help: 'of how many legs, the latest ones, the headers of RTP packets are kept in memory for captures (260 kB each); no audio',
    fallback: '50 with the sandbox phones, else 0',
  }),
  mediaWorkers: whole(1, 64)
    .default(Math.max(1, availableParallelism() - 1))
    .register(notes, {
      placeholder: 'N',
      help: 'threads that carry media',
      fallback: 'processors less one',
    }),
  mediaPriority: z
    .enum(['auto', 'normal', 'realtime'], { error: 'must be auto, normal or realtime' })
    .default('auto')
    .register(notes, {
      placeholder: 'WHICH',
      help: 'when threads of media get a processor: realtime (before all else), normal, or auto: before others where that is permitted',
    }),
  mediaDriver: z
    .enum(['auto', 'direct', 'dgram'], { error: 'must be auto, direct or dgram' })
    .default('auto')
    .register(notes, {
      placeholder: 'WHICH',
      help: "how media reach the network: direct (the system's calls, Linux), dgram (Node's), or auto: direct where it can be had",
    }),
};
