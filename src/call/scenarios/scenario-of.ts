import type { Call } from '../call.ts';
import { voiceCallback } from './voice-callback.ts';
import { voiceNotification } from './voice-notification.ts';
import { voiceVerification } from './voice-verification.ts';

/** What a call of this order does. */
export function scenarioOf(call: Call): Promise<void> {
  const { order } = call.record;
  switch (order.capability) {
    case 'callback':
      return voiceCallback(call, order);
    case 'notification':
      return voiceNotification(call, order);
    case 'verification':
      return voiceVerification(call, order);
  }
}
