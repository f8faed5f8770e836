/** What the operator's API answers: the types of the very schemas that the server validates with. */
import type { z } from 'zod';
import type {
  appSchema,
  callHistorySchema,
  callSchema,
  eventSchema,
  numberSchema,
  pushSchema,
} from '../../../src/http/admin/views.ts';
import type { signallingSchema } from '../../../src/http/admin/signalling-routes.ts';
import type { whoSchema } from '../../../src/http/admin/session-routes.ts';
import type { receivedSchema } from '../../../src/http/console/built-in-receiver.ts';

export type App = z.infer<typeof appSchema>;
export type DisplayNumber = z.infer<typeof numberSchema>;
export type Call = z.infer<typeof callSchema>;
export type CallHistory = z.infer<typeof callHistorySchema>;
export type CallEvent = z.infer<typeof eventSchema>;
export type Push = z.infer<typeof pushSchema>;
export type Received = z.infer<typeof receivedSchema>;
export type SignallingMessage = z.infer<typeof signallingSchema>['messages'][number];
export type Who = z.infer<typeof whoSchema>;

/** A number of the sandbox and what it does. */
export interface PhoneEntry {
  readonly number: string;
  readonly behaviour: string;
  readonly description: string;
}
