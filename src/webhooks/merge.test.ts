import { describe, expect, it } from 'vitest';
import type { OutboxPush } from '../call/outbox.ts';
import { bodyOf, mergePushes } from './merge.ts';

let lastId = 0;
const push = (changed: Partial<OutboxPush> = {}): OutboxPush => {
  lastId += 1;
  return {
    id: lastId,
    kind: 'fee',
    sessionId: `s${lastId}`,
    appKey: 'app',
    url: 'https://fee.example/',
    body: `{"icid":"${lastId}"}`,
    receiver: 'app https://fee.example/',
    attempts: 0,
    earlierAttempts: 0,
    taken: false,
    queuedAt: 0,
    dueAt: 0,
    ...changed,
  };
};
const pushes = (count: number, changed?: Partial<OutboxPush>): OutboxPush[] =>
  Array.from({ length: count }, () => push(changed));
const sizes = (merged: ReturnType<typeof mergePushes>): number[] =>
  merged.posts.map((post) => post.pushes.length);

describe('merging', () => {
  it('puts CDRs of one app and URL into one POST, at most 50', () => {
    expect(sizes(mergePushes(pushes(120), 0, 0))).toEqual([50, 50, 20]);
  });

  it('keeps apps and URLs apart', () => {
    const due = [push(), push({ appKey: 'other' }), push({ url: 'https://fee.example/2' }), push()];
    const { posts } = mergePushes(due, 0, 0);
    expect(posts.map((post) => post.pushes)).toEqual([[due[0], due[3]], [due[1]], [due[2]]]);
  });

  it('sends every status push alone and at once', () => {
    const { posts, gatheredAt } = mergePushes(pushes(3, { kind: 'status' }), 0, 200);
    expect(posts.map((post) => post.pushes.length)).toEqual([1, 1, 1]);
    expect(gatheredAt).toBe(Infinity);
  });

  it('waits for company from when the first CDR is due', () => {
    const due = [push({ dueAt: 100 }), push({ dueAt: 250 })];
    expect(mergePushes(due, 299, 200)).toEqual({ posts: [], gatheredAt: 300 });
    expect(sizes(mergePushes(due, 300, 200))).toEqual([2]);
  });

  it('sends what was taken before alone and at once', () => {
    const due = [push({ dueAt: 100 }), push({ dueAt: 100, taken: true }), push({ dueAt: 100 })];
    expect(mergePushes(due, 150, 200).posts.map((post) => post.pushes)).toEqual([[due[1]]]);
    expect(mergePushes(due, 300, 200).posts.map((post) => post.pushes)).toEqual([[due[0], due[2]], [due[1]]]);
  });

  it('does not wait once the POST is full', () => {
    const merged = mergePushes(pushes(51, { dueAt: 100 }), 100, 200);
    expect(sizes(merged)).toEqual([50]);
    expect(merged.gatheredAt).toBe(300);
  });

  it('writes the fee message around the records as they are stored', () => {
    const [post] = mergePushes([push({ body: '{"a":1}' }), push({ body: '{"b":2}' })], 0, 0).posts;
    expect(post && bodyOf(post)).toBe('{"eventType":"fee","feeLst":[{"a":1},{"b":2}]}');
    const [status] = mergePushes([push({ kind: 'status', body: '{"c":3}' })], 0, 0).posts;
    expect(status && bodyOf(status)).toBe('{"c":3}');
  });
});
