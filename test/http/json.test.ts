import { describe, expect, it } from 'vitest';
import type { Failure, Refusal } from '../../worker/errors.ts';
import { parseJson } from '../../worker/http/json.ts';
import { MAX_INLINE_JSON_STRING_BYTES, MAX_JSON_SKELETON_BYTES } from '../../worker/limits.ts';
import { bytes } from '../support/api.ts';

const parse = (text: string) => Object.fromEntries(parseJson(bytes(text)));
const long = 'A'.repeat(MAX_INLINE_JSON_STRING_BYTES + 1);

function failure(body: Uint8Array): Failure {
  try {
    parseJson(body);
  } catch (error) {
    return (error as Refusal).failure;
  }
  return expect.fail('was read');
}

describe('parseJson', () => {
  it('reads what is short as JSON.parse does', () => {
    expect(parse(' {"a": "b\\n\\u0041\\"", "c": 1e-3, "d": [true, null], "": {}} ')).toEqual({
      a: 'b\nA"',
      c: 0.001,
      d: [true, null],
      '': {},
    });
    expect(parse('\uFEFF{"a":1}')).toEqual({ a: 1 }); // RFC 8259 section 8.1: may be ignored
  });

  it('refuses a member that is there twice, however it is spelt, and in the outermost object alone', () => {
    for (const text of [
      '{"far": 1, "far": 2}',
      '{"far": [{}], "\\u0066ar": 2}',
      `{"a": "${long}", "b": ":", "a": "x"}`,
    ]) {
      expect(() => parse(text), text.slice(0, 30)).toThrow(/twice/);
    }
    const nested = '{"a": {"b": 1, "b": 2}, "b": ["a", {"c": ":"}], "c": "{\\"a\\":1}"}';
    expect(Object.keys(parse(nested) as object)).toEqual(['a', 'b', 'c']);
  });

  it('lifts long strings out, as they stand and without a copy', () => {
    const body = bytes(`{"far": 1, "a": "${long}\\/\\"\\\\", "b": "${long}", "faces": "one"}`);
    const members = parseJson(body);
    expect(members.get('a')).toEqual(bytes(`${long}\\/\\"\\\\`));
    expect((members.get('b') as Uint8Array).buffer).toBe(body.buffer);
    expect(members.get('far')).toBe(1);
    expect(members.get('faces')).toBe('one');
  });

  it('lifts them out of lists too, and no deeper', () => {
    const members = parseJson(bytes(`{"a": ["x", "${long}", 7], "b": [["${long}"]]}`));
    expect(members.get('a')).toEqual(['x', bytes(long), 7]);
    expect(JSON.stringify(members.get('b'))).not.toContain(long);
  });

  it('keeps a string of just the inline length a string', () => {
    const most = long.slice(1);
    expect(parse(`{"a":"${most}"}`)).toEqual({ a: most });
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '"a"',
    '7',
    "{'a': 1}",
    '{"a": 1}}',
    '{"a": "b}',
    '{"a": "b\\"}',
    `{"a": "${long}" "b": 1}`,
    `{"a": "${long}}`,
    `"${long}"`,
    'reference=a&probe=b',
  ])('refuses %.30j', (text) => {
    expect(failure(bytes(text)).code).toBe('invalid_request');
  });

  it('refuses what is not UTF-8, beside the pictures', () => {
    expect(failure(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toMatchObject({
      detail: 'The body is not UTF-8.',
    });
  });

  it('bounds what JSON.parse gets to see', () => {
    const fill = ' '.repeat(MAX_JSON_SKELETON_BYTES - 7);
    expect(parse(`{"a":1}${fill}`)).toEqual({ a: 1 });
    const tooMuch = { detail: 'The body has too much JSON beside the pictures.' };
    expect(failure(bytes(`{"a":1}${fill} `))).toMatchObject(tooMuch);
    expect(failure(bytes(`{"a":[${'[],'.repeat(MAX_JSON_SKELETON_BYTES)}1]}`))).toMatchObject(
      tooMuch,
    );
    expect(failure(bytes(`{"a":[${'"",'.repeat(MAX_JSON_SKELETON_BYTES)}1]}`))).toMatchObject(
      tooMuch,
    );
    const strings = `"${long}",`.repeat(MAX_JSON_SKELETON_BYTES / 16);
    expect(failure(bytes(`{"a":[${strings}1]}`))).toMatchObject(tooMuch);
    expect(failure(bytes('['.repeat(MAX_JSON_SKELETON_BYTES)))).toMatchObject({
      detail: 'The body is not JSON.',
    });
  });

  it('never says what stands in the body', () => {
    const told = JSON.stringify(failure(bytes('{"key": secret}')));
    expect(told).not.toContain('secret');
  });
});
