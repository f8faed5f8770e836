import { describe, expect, it } from 'vitest';
import { checkPassword, HasherBusyError, PasswordHasher } from './password.ts';
import { RuleViolation } from './rule-violation.ts';

const cheap = { memory: 8, passes: 1 };
const GOOD = 'correct horse battery';

describe('passwords', () => {
  it.each([
    ['too short', 'short'],
    ['too long', 'abcde'.repeat(26)],
    ['of few characters', 'abababababab'],
    ['with the name in it', 'I am Mei, and 9'],
  ])('%s are refused', (_why, password) => {
    expect(() => checkPassword(password, 'mei')).toThrow(RuleViolation);
  });

  it('of a few words are taken', () => {
    expect(() => checkPassword(GOOD, 'mei')).not.toThrow();
  });
});

describe('the hash of a password', () => {
  it('is argon2id with a salt of its own, and no other password fits', async () => {
    const hasher = new PasswordHasher();
    const [first, second] = await Promise.all([hasher.hash(GOOD), hasher.hash(GOOD)]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await hasher.verify(GOOD, first)).toBe(true);
    expect(await hasher.verify(`${GOOD}.`, first)).toBe(false);
  });

  it('is verified at the cost it was made with', async () => {
    const made = await new PasswordHasher(cheap).hash(GOOD);
    expect(await new PasswordHasher({ memory: 16, passes: 2 }).verify(GOOD, made)).toBe(true);
  });

  it('is the one of the characters, however a keyboard writes them', async () => {
    const hasher = new PasswordHasher(cheap);
    expect(await hasher.verify('Caf\u0065\u0301 au lait', await hasher.hash('Caf\u00e9 au lait'))).toBe(true);
  });

  it('of nobody fits no password', async () => {
    expect(await new PasswordHasher(cheap).verify(GOOD, undefined)).toBe(false);
  });

  it('is made for so many at once; the others are asked to come back', async () => {
    const hasher = new PasswordHasher(cheap);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => hasher.hash(GOOD)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: expect.any(HasherBusyError) });
    expect(outcomes.length - refused.length).toBeGreaterThan(30);
    await hasher.hash(GOOD);
  });
});
