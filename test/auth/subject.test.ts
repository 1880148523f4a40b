import { describe, expect, it } from 'vitest';
import { isSubject, parseSubject } from '../../worker/auth/subject.ts';
import type { Refusal } from '../../worker/errors.ts';

describe('a subject', () => {
  it.each([
    'a',
    'x'.repeat(128),
    '0b54a2f0-7c7e-4b59-9d3d-3f8a3b1c2d4e',
    'ABCXYZabcxyz0189._~@:+-',
    'user+1@shop.example',
    '...',
  ])('may be %j', (subject) => {
    expect(isSubject(subject)).toBe(true);
    expect(parseSubject(subject)).toBe(subject);
  });

  it.each([
    '',
    'x'.repeat(129),
    '.',
    '..',
    'a b',
    'a/b',
    'a%2Fb',
    'a\n',
    '\na',
    'é',
    'a"b',
    '{}',
    7,
    null,
    undefined,
    ['a'],
  ])('may not be %j', (subject) => {
    expect(isSubject(subject)).toBe(false);
    try {
      parseSubject(subject);
    } catch (error) {
      expect((error as Refusal).failure).toMatchObject({
        code: 'invalid_request',
        field: 'subject',
      });
      return;
    }
    expect.fail('was taken');
  });
});
