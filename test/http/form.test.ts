/** Forms: what is made of a field before it is known to be one. */
import { afterEach, expect, it, vi } from 'vitest';
import { VERIFY } from '../../worker/api/verify.request.ts';
import { readForm } from '../../worker/http/form.ts';
import { MAX_TOKEN_CHARACTERS } from '../../worker/limits.ts';
import { concat } from '../support/png.ts';

afterEach(() => vi.restoreAllMocks());

const REQUEST = new Request('https://faces.example/v1/verify', {
  method: 'POST',
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
});

/** A form with one field as text. */
function formOf(name: string, content: Uint8Array): Uint8Array {
  const [head, tail] = [
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`,
    '\r\n--b--\r\n',
  ];
  return concat([new TextEncoder().encode(head), content, new TextEncoder().encode(tail)]);
}

// Bytes that are no UTF-8 become two each: 21 MiB of them a string of 42.
it.each(['probe', 'reference', 'far', 'subject'])(
  'makes no string of a field that is too long for its text: %s',
  (name) => {
    const form = formOf(name, new Uint8Array(1024 * 1024).fill(0x80));
    const decode = vi.spyOn(TextDecoder.prototype, 'decode');
    expect(() => readForm(form, REQUEST, VERIFY)).toThrow(`\`${name}\` is`);
    const lengths = decode.mock.calls.map(([bytes]) => bytes?.byteLength ?? 0);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_TOKEN_CHARACTERS);
  },
);
