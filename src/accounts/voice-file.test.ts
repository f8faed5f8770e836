import { describe, expect, it } from 'vitest';
import { ruleOf } from '../../test/support/rule-of.ts';
import { checkVoiceFile, isVoiceFileName, newIdentifier } from './voice-file.ts';

describe('the name of a voice file', () => {
  it.each(['wait_voice1.wav', 'a.wav', 'A.WAV', '1.2@x-y.wav', '..wav', `${'n'.repeat(124)}.wav`])(
    'may be %s',
    (name) => expect(isVoiceFileName(name)).toBe(true),
  );

  it.each([
    '',
    '.wav',
    'notify',
    'notify.mp3',
    'notify.wav ',
    'no tify.wav',
    'notify.wav\n',
    '通知.wav',
    'é.wav',
    'a/b.wav',
    'a\\b.wav',
    '../a.wav',
    'a%2fb.wav',
    'a+b.wav',
    'a\0.wav',
    `${'n'.repeat(125)}.wav`,
  ])('may not be %j', (name) => {
    expect(isVoiceFileName(name)).toBe(false);
    expect(ruleOf(() => checkVoiceFile(name, ''))).toBe('name-invalid');
  });
});

it.each([
  ['notify.mp3', 'The name "notify.mp3" does not end in .wav.'],
  ['no tify.wav', 'The name "no tify.wav" has characters that no voice file may have, or none before .wav.'],
  [`${'n'.repeat(125)}.wav`, 'The name has 129 characters; at most 128 are allowed.'],
])('what is wrong with the name %s is said', (name, message) => {
  expect(() => checkVoiceFile(name, '')).toThrow(message);
});

it('a voice file has a description of at most 256 characters', () => {
  expect(ruleOf(() => checkVoiceFile('a.wav', 'x'.repeat(256)))).toBeUndefined();
  expect(ruleOf(() => checkVoiceFile('a.wav', 'x'.repeat(257)))).toBe('description-invalid');
});

it('identifiers are 32 hexadecimal digits, each drawn from all sixteen', () => {
  let next = 0;
  expect(newIdentifier({ integer: (below) => next++ % below })).toBe('0123456789abcdef0123456789abcdef');
});
