import type { CallRecord, Capability } from '../call/call-record.ts';

/** The most urgent first: who waits for a code cannot go on without it. */
export const urgencies: readonly Capability[] = ['verification', 'notification', 'callback'];

/** 0 is the most urgent. */
export const urgencyOf = ({ order }: Pick<CallRecord, 'order'>): number =>
  urgencies.indexOf(order.capability);
