import { expect, it } from 'vitest';
import type { OutboxPush } from '../call/outbox.ts';
import { KnownPushes } from './known-pushes.ts';

const push = (id: number, sessionId = 's'): OutboxPush => ({
  id,
  kind: 'status',
  sessionId,
  appKey: 'app-1',
  url: 'http://receiver.test/',
  receiver: 'app-1 http://receiver.test/',
  body: '{}',
  attempts: 0,
  earlierAttempts: 0,
  taken: false,
  replayedBy: undefined,
  queuedAt: 0,
  dueAt: 0,
});

it('a push waits for an earlier one of its call that came lately, and for no other', () => {
  const known = new KnownPushes();
  known.add(push(2), 1_000);
  expect(known.isHeldUp(push(3), 999)).toBe(true);
  expect(known.isHeldUp(push(3), 1_000)).toBe(false);
  expect(known.isHeldUp(push(1), 0)).toBe(false);
  expect(known.isHeldUp(push(3, 'other'), 0)).toBe(false);
  known.delete([push(2)]);
  expect(known.isHeldUp(push(3), 0)).toBe(false);
});

it('a push waits for an earlier one whose outcome is not written, however long', () => {
  const known = new KnownPushes();
  known.add(push(2), 1_000);
  known.answered([push(2)]);
  expect(known.isHeldUp(push(3), 3_600_000)).toBe(true);
  known.delete([push(2)]);
  expect(known.isHeldUp(push(3), 3_600_000)).toBe(false);
});

it('a push that went while the outbox was looked into is not taken from it again', () => {
  const known = new KnownPushes();
  known.add(push(2), 0);
  known.beginLook();
  known.delete([push(2)]);
  expect(known.has(2)).toBe(true);
  known.endLook();
  expect(known.has(2)).toBe(false);
  known.delete([push(3)]);
  expect(known.has(3)).toBe(false);
});
