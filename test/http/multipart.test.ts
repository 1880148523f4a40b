import { describe, expect, it } from 'vitest';
import type { Failure, Refusal } from '../../worker/errors.ts';
import { boundaryOf, parseMultipart } from '../../worker/http/multipart.ts';
import { MAX_PART_HEADER_BYTES } from '../../worker/limits.ts';
import { bytes } from '../support/api.ts';

const A = 'content-disposition: form-data; name="a"';
const FILE = 'Content-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: x/y';

const parts = (body: string | Uint8Array) =>
  [...parseMultipart(typeof body === 'string' ? bytes(body) : body, 'b')].map((part) => ({
    ...part,
    content: new TextDecoder().decode(part.content),
  }));

function failure(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    return (error as Refusal).failure;
  }
  return expect.fail('was read');
}

describe('boundaryOf', () => {
  it('reads tokens and quoted strings', () => {
    const form = 'multipart/form-data';
    expect(boundaryOf(`${form}; boundary=----WebKitFormBoundaryX1`)).toBe(
      '----WebKitFormBoundaryX1',
    );
    expect(boundaryOf(`${form};BOUNDARY="a b:c"; charset=utf-8`)).toBe('a b:c');
    expect(boundaryOf(`${form}; charset=utf-8; boundary=x`)).toBe('x');
  });

  it.each(['', '; boundary=', '; boundary=""', `; boundary=${'x'.repeat(71)}`, '; boundary=a b'])(
    'refuses %j',
    (parameters) => {
      expect(failure(() => boundaryOf(`multipart/form-data${parameters}`)).code).toBe(
        'invalid_request',
      );
    },
  );
});

describe('parseMultipart', () => {
  it('reads files and texts', () => {
    expect(parts(`--b\r\n${FILE}\r\n\r\nJPEG\r\n--b\r\n${A}\r\n\r\n0.001\r\n--b--\r\n`)).toEqual([
      { name: 'photo', isFile: true, content: 'JPEG' },
      { name: 'a', isFile: false, content: '0.001' },
    ]);
  });

  it('reads what browsers and clients really send', async () => {
    const form = new FormData();
    form.append('a', '1');
    form.append(
      'photo',
      new File([Uint8Array.of(0, 13, 10, 45, 45, 255)], 'ein "Bild"; name=x.jpg'),
    );
    const response = new Response(form);
    const boundary = boundaryOf(response.headers.get('content-type') ?? '');
    const body = new Uint8Array(await response.arrayBuffer());
    const [a, photo] = [...parseMultipart(body, boundary)];
    expect(a).toEqual({ name: 'a', isFile: false, content: bytes('1') });
    expect(photo?.name).toBe('photo');
    expect(photo?.content).toEqual(Uint8Array.of(0, 13, 10, 45, 45, 255));
    expect(photo?.content.buffer).toBe(body.buffer); // a view
  });

  it('keeps line breaks and near-boundaries in the content', () => {
    const content = '\r\n--a\r\n-b\r\n\r\n--\r\r\n';
    expect(parts(`--b\r\n${A}\r\n\r\n${content}\r\n--b--`)[0]?.content).toBe(content);
  });

  it('reads empty parts, empty forms, preamble, epilogue and blanks after a boundary', () => {
    expect(parts(`--b\r\n${A}\r\n\r\n\r\n--b--`)).toEqual([
      { name: 'a', isFile: false, content: '' },
    ]);
    expect(parts(`--b\r\n${A}\r\n\r\n--b--`)).toEqual([{ name: 'a', isFile: false, content: '' }]);
    expect(parts('--b--\r\n')).toEqual([]);
    expect(parts(`hello\r\n--b \t\r\n${A}\r\n\r\n1\r\n--b--\r\n--b\r\nbye`)).toHaveLength(1);
  });

  it('reads unquoted names and any order of header lines', () => {
    const header =
      'X: y\r\n;\nz\r\nContent-Transfer-Encoding: Binary\r\nContent-Disposition: form-data;name=a';
    expect(parts(`--b\r\n${header}\r\n\r\n1\r\n--b--`)[0]?.name).toBe('a');
  });

  it('finds the name wherever it stands, and not in a file name', () => {
    for (const disposition of [
      'filename="b; name=c"; name="a"',
      'name="a"; filename="b; name=c"',
      'filename="name=c.jpg"; name=a',
    ]) {
      const body = `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n1\r\n--b--`;
      expect(parts(body)).toMatchObject([{ name: 'a', isFile: true }]);
    }
  });

  it.each([
    ['nothing', ''],
    ['another boundary', `--c\r\n${A}\r\n\r\n1\r\n--c--`],
    ['no closing boundary', `--b\r\n${A}\r\n\r\n1\r\n`],
    ['an end within the header', `--b\r\n${A}`],
    ['a longer boundary', `--bb\r\n${A}\r\n\r\n1\r\n--bb--`],
    ['no disposition', '--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--'],
    ['no name', '--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--'],
    ['another disposition', `--b\r\n${A.replace('form-data', 'attachment')}\r\n\r\n1\r\n--b--`],
    ['bare line feeds', `--b\n${A}\n\n1\n--b--`],
    ['an endless header', `--b\r\n${A}; x=${'y'.repeat(MAX_PART_HEADER_BYTES)}\r\n\r\n1\r\n--b--`],
  ])('refuses %s', (_, body) => {
    expect(failure(() => parts(body)).code).toBe('invalid_request');
  });

  it('says of lines that end in LF alone that they do', () => {
    const detail = /LF alone/;
    expect(failure(() => parts(`--b\n${A}\n\n1\n--b--\n`))).toMatchObject({ detail });
    expect(failure(() => parts(`--b\r\n${A}\r\n\r\n1\r\n--b\n`))).toMatchObject({ detail });
  });

  it('takes a part of an image type for a file, without a file name', () => {
    const body = (type: string) => `--b\r\n${A}\r\nContent-Type: ${type}\r\n\r\n1\r\n--b--`;
    expect(parts(body('image/jpeg'))[0]).toMatchObject({ name: 'a', isFile: true });
    expect(parts(body('Image/webp'))[0]?.isFile).toBe(true);
    expect(parts(body('text/plain'))[0]?.isFile).toBe(false);
    expect(parts(body('application/json; of=image/png'))[0]?.isFile).toBe(false);
  });

  it('refuses a transfer encoding, naming the field', () => {
    const body = `--b\r\n${A}\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b--`;
    expect(failure(() => parts(body))).toMatchObject({ code: 'invalid_request', field: 'a' });
    const odd = body.replace('name="a"', `name="${'a'.repeat(65)}"`);
    expect(odd).not.toBe(body);
    expect(failure(() => parts(odd))).not.toHaveProperty('field');
  });

  it('takes time in proportion to the body, whatever stands in it', () => {
    const body = bytes('\r\n--'.repeat(2_000_000));
    const before = performance.now();
    expect(failure(() => parts(body)).code).toBe('invalid_request');
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
