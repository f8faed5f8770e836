import type { CallbackOrder } from '../call-record.ts';
import type { Leg } from '../leg.ts';

/**
 * What the waiting `listener` hears of the dialled leg before its answer (spec 02, calleeMedia): everything as soon as
 * there is any, nothing, or only a failure announcement.
 */
export function passEarlyMedia(listener: Leg, dialled: Leg, calleeMedia: CallbackOrder['calleeMedia']): void {
  const pass = (): void => {
    if (!listener.end) listener.connection.hear(dialled.connection);
  };
  if (calleeMedia === 'all') dialled.onEarlyMedia = pass;
  if (calleeMedia === 'fail') dialled.onFailureAnnouncement = pass;
}
