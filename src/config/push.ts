/** Pushes to the customers' receivers. */
import { z } from 'zod';
import { addresses, duration, notes, toggle, whole } from './kinds.ts';

export const pushSettings = {
  privateReceivers: toggle.optional().register(notes, {
    help: 'allow pushes to loopback and private addresses',
    fallback: 'on when --http is a loopback address and --receiver-networks names none',
  }),
  receiverNetworks: addresses.default([]).register(notes, {
    placeholder: 'ADDRESSES',
    help: 'addresses and networks that are no public ones and receive pushes all the same, such as 10.1.0.0/16',
  }),
  pushCreated: z
    .enum(['utc', 'utc+8'], { error: 'must be utc or utc+8' })
    .default('utc')
    .register(notes, { placeholder: 'ZONE', help: 'the clock that Created of a push shows: utc or utc+8' }),
  statusRetries: whole(0, 100).prefault('0').register(notes, {
    placeholder: 'N',
    help: 'repetitions of a status push that failed',
  }),
  statusRetryInterval: duration
    .prefault('60s')
    .register(notes, { placeholder: 'TIME', help: 'time between them' }),
  statusMaxAge: duration.prefault('1h').register(notes, {
    placeholder: 'TIME',
    help: 'how long a status push may wait for its receiver before it is given up; 0 for ever',
  }),
  feeRetries: whole(0, 100).prefault('6').register(notes, {
    placeholder: 'N',
    help: 'repetitions of a CDR push that failed',
  }),
  feeRetryInterval: duration
    .prefault('1h')
    .register(notes, { placeholder: 'TIME', help: 'time between them' }),
  feeGatheringWindow: duration.prefault('200ms').register(notes, {
    placeholder: 'TIME',
    help: 'how long a CDR waits for others to share its push; 0 for none',
  }),
};
