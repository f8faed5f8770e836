import { describe, expect, it } from 'vitest';
import { isTeardownPoint } from './catalogue/teardown-points.ts';
import { q850Causes } from './catalogue/q850-causes.ts';
import { releaseCauseDescription } from './catalogue/release-causes.ts';
import type { LegEnd } from './ports.ts';
import { type FailedLeg, legFailure } from './release-cause.ts';

const callee: FailedLeg = { party: 'B', user: 'callee', rang: false, announced: false };
const caller: FailedLeg = { party: 'A', user: 'caller', rang: false, announced: false };
const ringing = (leg: FailedLeg): FailedLeg => ({ ...leg, rang: true });
const remote = (sipStatus: number, q850?: number): LegEnd & { kind: 'failed' } => ({
  kind: 'failed',
  cause: { sipStatus, q850 },
});
const local = (why: 'timeout' | 'transport' | 'media' | 'no-port'): LegEnd & { kind: 'failed' } => ({
  kind: 'failed',
  cause: {},
  local: why,
});

describe('what a failed leg makes of the call', () => {
  // leg, end, release cause, teardown point, SIP status, Q.850
  const cases: [
    string,
    FailedLeg,
    LegEnd & { kind: 'failed' },
    number,
    number,
    number | undefined,
    number,
  ][] = [
    ['unknown number', callee, remote(404), 8100, 8100, 404, 1],
    ['unknown number by its cause', callee, remote(503, 1), 8100, 8100, 503, 1],
    ['number changed', callee, remote(410), 8100, 8100, 410, 22],
    ['busy', callee, remote(486), 8102, 8102, 486, 17],
    ['busy everywhere', callee, remote(600), 8102, 8102, 600, 17],
    ['busy by its cause behind a gateway 503', ringing(callee), remote(503, 17), 8102, 8102, 503, 17],
    ['no answer, told by the network', ringing(callee), remote(480), 8101, 8101, 480, 18],
    ['no answer by its cause', ringing(callee), remote(480, 19), 8101, 8101, 480, 19],
    ['unreachable before ringing', callee, remote(480), 8103, 8103, 480, 18],
    ['switched off', callee, remote(480, 20), 8104, 8104, 480, 20],
    ['declined while ringing', ringing(callee), remote(603, 21), 8004, 8004, 603, 21],
    ['declined before ringing', callee, remote(603), 8105, 8105, 603, 21],
    ['forbidden by the carrier', callee, remote(403), 8001, 403, 403, 21],
    ['congestion with a cause', callee, remote(503, 34), 8001, 518, 503, 34],
    [
      'congestion without one: 503 means something else in the table',
      callee,
      remote(503),
      8001,
      518,
      503,
      41,
    ],
    [
      'a failure announcement that nothing recognised',
      { ...callee, announced: true },
      remote(500),
      8002,
      500,
      500,
      41,
    ],
    [
      'a redirection that is not followed: the table has no status below 400',
      callee,
      remote(302),
      8001,
      518,
      302,
      127,
    ],
    ['nothing ever came back', callee, local('timeout'), 8001, 513, 408, 102],
    ['the trunk refused the connection', callee, local('transport'), 8001, 518, 503, 41],
    ['no common codec', callee, local('media'), 8001, 488, 488, 88],
    ['no media port is left: no INVITE, no status', callee, local('no-port'), 7109, 522, undefined, 47],
    ['the caller is unknown', caller, remote(404), 8106, 8106, 404, 1],
    ['the caller does not answer', ringing(caller), remote(480, 19), 8107, 8107, 480, 19],
    ['the caller is busy', caller, remote(486), 8108, 8108, 486, 17],
    ['the caller is unreachable', caller, remote(480), 8109, 8109, 480, 18],
    ['the caller is switched off', caller, remote(480, 20), 8110, 8110, 480, 20],
    ['the caller declines at once', caller, remote(603), 8111, 8111, 603, 21],
    ['the caller declines while it rings', ringing(caller), remote(603), 8004, 8004, 603, 21],
    ['the first leg failed with a cause, silent', caller, remote(502, 38), 8001, 519, 502, 38],
    ['the first leg failed with a cause, after 180', ringing(caller), remote(502, 38), 8001, 520, 502, 38],
  ];
  it.each(cases)('%s', (_name, leg, end, releaseCause, teardownPoint, sipStatus, q850) => {
    const failure = legFailure(leg, end);
    expect([
      failure.verdict.releaseCause,
      failure.verdict.teardownPoint,
      failure.sipStatus,
      failure.q850,
    ]).toEqual([releaseCause, teardownPoint, sipStatus, q850]);
  });

  it('says that a user released only where the user did', () => {
    expect(legFailure(callee, remote(603)).verdict.releasedBy).toBe('callee');
    expect(legFailure(ringing(caller), remote(603)).verdict.releasedBy).toBe('caller');
    expect(legFailure(callee, remote(486)).verdict.releasedBy).toBe('platform');
  });

  it('stays inside the three tables for every SIP status and every Q.850 cause', () => {
    const causes = [undefined, ...q850Causes.keys()];
    const legs = [callee, ringing(callee), caller, ringing(caller)];
    const outside: unknown[] = [];
    for (let status = 300; status <= 699; status++) {
      for (const cause of causes) {
        for (const leg of legs) {
          const { verdict, q850 } = legFailure(leg, remote(status, cause));
          const inside = isTeardownPoint(verdict.teardownPoint) && q850 === (cause ?? q850);
          if (!inside || releaseCauseDescription(verdict.releaseCause) === '')
            outside.push([status, cause, verdict]);
        }
      }
    }
    expect(outside).toEqual([]);
  });
});
