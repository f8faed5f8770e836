import { expect, test } from 'vitest';
import { Negotiation } from './negotiation.ts';

test('offer and answer in both directions', () => {
  const negotiation = new Negotiation();
  negotiation.sendOffer('o1');
  expect(negotiation.state).toBe('offering');
  negotiation.receiveAnswer('a1');
  expect([negotiation.state, negotiation.local, negotiation.remote]).toEqual(['stable', 'o1', 'a1']);
  negotiation.receiveOffer('o2');
  expect([negotiation.state, negotiation.remote]).toEqual(['answering', 'a1']);
  negotiation.sendAnswer('a2');
  expect([negotiation.state, negotiation.local, negotiation.remote, negotiation.round]).toEqual([
    'stable',
    'a2',
    'o2',
    2,
  ]);
});

test('what is refused leaves what was agreed', () => {
  const negotiation = new Negotiation();
  negotiation.sendOffer('o1');
  negotiation.receiveAnswer('a1');
  negotiation.sendOffer('o2');
  expect(negotiation.local).toBe('o2');
  negotiation.rollBack();
  negotiation.receiveOffer('o3');
  negotiation.rollBack();
  negotiation.rollBack();
  expect([negotiation.state, negotiation.local, negotiation.remote, negotiation.round]).toEqual([
    'stable',
    'o1',
    'a1',
    1,
  ]);
});
