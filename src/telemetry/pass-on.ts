import type { LegListener } from '../call/ports.ts';

/** Complete, so that a listener's new method does not compile until it is passed on here. */
type Whole = { readonly [Name in keyof Required<LegListener>]: LegListener[Name] };

/** A listener that passes everything on: whoever listens in replaces the methods it is interested in. */
export function passingOn(listener: LegListener): Whole {
  return {
    dialled: listener.dialled?.bind(listener),
    attempted: listener.attempted?.bind(listener),
    ringing: listener.ringing.bind(listener),
    earlyMedia: listener.earlyMedia.bind(listener),
    failureAnnouncement: listener.failureAnnouncement.bind(listener),
    answered: listener.answered.bind(listener),
    answeredBy: listener.answeredBy?.bind(listener),
    beep: listener.beep?.bind(listener),
    key: listener.key?.bind(listener),
    ended: listener.ended.bind(listener),
  };
}
