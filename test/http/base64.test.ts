import { describe, expect, it } from 'vitest';
import { decodeInPlace } from '../../worker/http/base64.ts';
import { bytes } from '../support/api.ts';

const decode = (text: string): number[] | string => {
  const decoded = decodeInPlace(bytes(text));
  return typeof decoded === 'string' ? decoded : [...decoded];
};
const ascii = (text: string) => [...bytes(text)];

describe('decodeInPlace', () => {
  it('reads the vectors of RFC 4648 section 10, with and without padding', () => {
    const vectors = {
      '': '',
      'Zg==': 'f',
      'Zm8=': 'fo',
      Zm9v: 'foo',
      'Zm9vYg==': 'foob',
      'Zm9vYmE=': 'fooba',
      Zm9vYmFy: 'foobar',
    };
    for (const [text, plain] of Object.entries(vectors)) {
      expect(decode(text), text).toEqual(ascii(plain));
      expect(decode(text.replaceAll('=', '')), text).toEqual(ascii(plain));
    }
  });

  it('reads every byte at every place, over its own input', () => {
    const plain = Uint8Array.from({ length: 1027 }, (_, i) => (i * 167 + (i >> 8)) & 255);
    const text = bytes(btoa(String.fromCharCode(...plain)));
    const decoded = decodeInPlace(text);
    expect(decoded).toEqual(plain);
    expect((decoded as Uint8Array).buffer).toBe(text.buffer);
  });

  it('skips blanks, and the escapes that JSON writers use', () => {
    expect(decode('Zm9v\r\nYm Fy\t')).toEqual(ascii('foobar'));
    expect(decode('Zm9v\\r\\nYm\\tFy\\n')).toEqual(ascii('foobar'));
    expect(decode('\\/\\/\\/\\/')).toEqual([255, 255, 255]);
    expect(decode('\\u002f///')).toEqual([255, 255, 255]);
    expect(decode('Zm9v\\u003D'.replace('Zm9v', 'Zm8'))).toEqual(ascii('fo'));
  });

  it('skips a data: prefix, in any case, escaped or not', () => {
    for (const prefix of [
      'data:image/jpeg;base64,',
      'DATA:image/jpeg;BASE64,',
      'data:image\\/jpeg;base64,',
      'data:;base64,',
      'data:image/png;charset=utf-8;base64,',
    ]) {
      expect(decode(`${prefix}Zm9v`), prefix).toEqual(ascii('foo'));
    }
  });

  it.each([
    'Z',
    'Zm9vY',
    'Zg=',
    'Zg===',
    'Zm9v=',
    'Zg==Zg==',
    '=Zg=',
    'Zm9v!',
    'Zm9v\\',
    'Zm9v\\q',
    'Zm9v\\u00',
    'Zm9v\\u4e2d',
    'Zm9v\\u0141',
    'Zm9vé',
    'photo.jpg',
  ])('does not take %j for base64', (text) => {
    expect(decode(text)).toBe('is not a base64 string');
  });

  it.each(['Zm_v', 'Zm-v', `${'Zm9v'.repeat(999)}-_-_`])('names base64url: %j', (text) => {
    expect(decode(text)).toMatch(/base64url/);
  });

  it.each([
    'data:image/jpeg,Zm9v',
    'data:image/jpeg;base64',
    'data:image/*;base64,Zm9v',
    'data:image/jpeg; base64,Zm9v',
    'data: image/jpeg;base64,Zm9v',
    'data:image\\/*;base64,Zm9v',
  ])('names a data URL that is not read: %j', (text) => {
    expect(decode(text)).toMatch(/data URL/);
  });

  it.each(['https://example.org/a.jpg', 'http://x', 'https:\\/\\/example.org\\/a.jpg'])(
    'names a URL: %j',
    (text) => {
      expect(decode(text)).toMatch(/is a URL/);
    },
  );
});
