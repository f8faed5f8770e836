import { describe, expect, it } from 'vitest';
import { auditable, auditEntry, changedMembers } from './audit.ts';

describe('what the audit trail keeps', () => {
  it('is what differs', () => {
    expect(changedMembers({ a: 1, b: [1], c: 'x' }, { a: 1, b: [2], d: null })).toEqual({
      before: { b: [1], c: 'x' },
      after: { b: [2], d: null },
    });
    expect(changedMembers(undefined, { a: 1 })).toEqual({ before: undefined, after: { a: 1 } });
  });

  it('never holds a secret, though it shows that one changed', () => {
    const { before, after } = changedMembers(
      { appSecret: 'old', trunkPassword: 'p', nested: { accessToken: 't' } },
      { appSecret: 'new', trunkPassword: 'p', nested: { accessToken: 'u', port: 1 } },
    );
    expect(before).toEqual({ appSecret: '***', nested: { accessToken: '***' } });
    expect(after).toEqual({ appSecret: '***', nested: { accessToken: '***', port: 1 } });
    expect(auditable('http://me:pw@r.example/status?key=hidden')).toBe('http://***@r.example/status?***');
  });

  it('never holds a phone number in full', () => {
    const kept = JSON.stringify(
      auditable({ to: '+8613500000001', list: ['call +8613500000002 now', '13500000003'] }),
    );
    expect(kept).not.toMatch(/\d{7}/);
    expect(kept).toContain('+8613*******01');
  });

  it('names numbers that the platform shows, and no other', () => {
    const by = { actor: undefined, address: '192.0.2.1', action: 'DELETE /x/:number', at: 7 };
    const objectOf = (kind: string) => auditEntry({ object: { kind, id: '+8613500000001' } }, by).object.id;
    expect(objectOf('number')).toBe('+8613500000001');
    expect(objectOf('blocked-callee')).toBe('+8613*******01');
  });

  it('names who did it, from where, and whose it is', () => {
    const by = { address: '192.0.2.1', action: 'POST /apps', at: 7 };
    const user = { kind: 'user', spId: 'sp-1', userId: 'u-1', name: 'mei', role: 'owner' } as const;
    const object = { kind: 'app', id: 'k' };
    expect(auditEntry({ object }, { ...by, actor: user })).toMatchObject({
      ...by,
      actorId: 'u-1',
      actorName: 'mei',
      spId: 'sp-1',
      object,
      outcome: 'done',
    });
    expect(auditEntry({ object, spId: 'sp-2' }, { ...by, actor: { kind: 'operator' } })).toMatchObject({
      actorId: 'operator',
      spId: 'sp-2',
    });
    expect(auditEntry({ object, outcome: 'refused' }, { ...by, actor: undefined })).toMatchObject({
      actorId: 'nobody',
      spId: undefined,
      outcome: 'refused',
    });
  });
});
