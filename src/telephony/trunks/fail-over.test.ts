import { describe, expect, it } from 'vitest';
import { consequenceOf } from './fail-over.ts';

describe('whom to try after a failed INVITE', () => {
  it.each([
    ['nobody: busy', { status: 486 }, 'over'],
    ['nobody: busy everywhere', { status: 600 }, 'over'],
    ['nobody: declined', { status: 603 }, 'over'],
    ['nobody: declined, whatever a gateway adds', { status: 603, q850: 34 }, 'over'],
    ['nobody: blocked by the carrier as fraud (603+)', { status: 603, q850: 21 }, 'over'],
    ['nobody: unwanted (RFC 8197)', { status: 607 }, 'over'],
    ['nobody: rejected by analytics (RFC 8688)', { status: 608 }, 'over'],
    ['nobody: does not exist', { status: 404 }, 'over'],
    ['nobody: gone', { status: 410 }, 'over'],
    ['nobody: incomplete', { status: 484 }, 'over'],
    ['nobody: not reachable', { status: 480 }, 'over'],
    ['nobody: forbidden', { status: 403 }, 'over'],
    ['nobody: cancelled', { status: 487 }, 'over'],
    ['nobody: the phone is off, says a 503', { status: 503, q850: 20 }, 'over'],
    ['nobody: the number is unallocated, says a 500', { status: 500, q850: 1 }, 'over'],
    ['nobody: the phone cannot do it', { status: 488, q850: 88 }, 'over'],
    ['another: no circuit, says a 480', { status: 480, q850: 34 }, 'next'],
    ['another: congestion, says a 404', { status: 404, q850: 42 }, 'next'],
    ['another: no route from there', { status: 404, q850: 3 }, 'next'],
    ['another: server error', { status: 500 }, 'next'],
    ['another: unavailable', { status: 503 }, 'next'],
    ['another: unavailable, for no reason', { status: 503, q850: 31 }, 'next'],
    ['another: interworking says nothing', { status: 502, q850: 127 }, 'next'],
    ['another: gateway time-out', { status: 504 }, 'next'],
    ['another: it does not know our credentials', { status: 407 }, 'next'],
    ['another: it does not do our codecs', { status: 488 }, 'next'],
    ['another: a loop', { status: 482 }, 'next'],
    ['another, and this one last: silent', { status: 408, local: 'silent' }, 'dead'],
    ['another, and this one last: timer B', { status: 408, local: 'timeout' }, 'dead'],
    ['another, and this one last: refused connection', { status: 503, local: 'transport' }, 'dead'],
  ] as const)('%s: %j', (_, failure, consequence) => {
    expect(consequenceOf(failure)).toBe(consequence);
  });
});
