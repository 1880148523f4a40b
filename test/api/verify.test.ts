import { describe, expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { MAX_PICTURE_BYTES, MAX_TEXT_FIELD_BYTES } from '../../worker/limits.ts';
import {
  bytes,
  call,
  ENV,
  fakeModel,
  fakeModels,
  file,
  formOf,
  KEY,
  post,
  problemOf,
  refusal,
  verification,
} from '../support/api.ts';

const pair = { reference: file('a'), probe: file('b') };

/** Input of the model when these fields are sent. */
async function asked(fields: Record<string, string | Blob>) {
  const models = fakeModels();
  const response = await post(formOf({ ...pair, ...fields }), {}, { models });
  expect(response.status, await response.clone().text()).toBe(200);
  return models.seen[0];
}

describe('POST /v1/verify as a form', () => {
  it('hands both pictures to the model, and its answer back', async () => {
    const models = fakeModels();
    const response = await post(formOf(pair), {}, { models });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      same: true,
      distance: 0.43,
      threshold: 1,
      far: 0.001,
      model: 'fake',
    });
    expect(models.seen).toEqual([
      {
        reference: bytes('a'),
        probe: bytes('b'),
        rate: { far: 0.001, threshold: 1, val: 0.9 },
        faces: 'dominant',
      },
    ]);
  });

  it('lets no picture outlive its request', async () => {
    const kept: Uint8Array[] = [];
    for (const fail of [false, true]) {
      const models = fakeModels({
        load: async () =>
          fakeModel({
            async verify({ reference, probe }) {
              await Promise.resolve();
              expect([reference.length, probe.length]).toEqual([1, 1]);
              kept.push(reference, probe);
              if (fail) throw new Refusal({ code: 'no_face' });
              return verification;
            },
          }),
      });
      expect((await post(formOf(pair), {}, { models })).status).toBe(fail ? 422 : 200);
    }
    expect(kept.map((picture) => picture.length)).toEqual([0, 0, 0, 0]);
  });

  it('takes every spelling of a calibrated rate', async () => {
    for (const far of ['0.00001', '1e-5', '1E-5', '.00001', ' 0.000010 ']) {
      expect((await asked({ far }))?.rate.far, far).toBe(0.00001);
    }
  });

  it.each(['', '0.01', '0', '-0.001', 'NaN', '0x1', '1e-3 1e-3', '0,001'])(
    'refuses far=%j, and lists the rates',
    async (far) => {
      expect(await refusal(formOf({ ...pair, far }))).toMatchObject({
        code: 'invalid_request',
        field: 'far',
        rates: [0.1, 0.001, 0.00001],
      });
    },
  );

  it('takes every policy, and no other', async () => {
    for (const faces of ['dominant', 'one', 'largest']) {
      expect((await asked({ faces }))?.faces).toBe(faces);
    }
    for (const faces of ['', 'two', 'One', 'toString']) {
      const { code, field } = await refusal(formOf({ ...pair, faces }));
      expect([code, field]).toEqual(['invalid_request', 'faces']);
    }
  });

  it.each([
    ['a missing picture', { reference: file() }, 'probe'],
    ['an empty picture', { ...pair, probe: file('') }, 'probe'],
    ['a picture sent as text', { ...pair, reference: '@photo.jpg' }, 'reference'],
    ['an option sent as a file', { ...pair, far: file('0.001') }, 'far'],
    ['an unknown field', { ...pair, FAR: '0.001' }, 'FAR'],
    ['an unknown file', { ...pair, image: file() }, 'image'],
    ['an endless option', { ...pair, far: '1'.repeat(MAX_TEXT_FIELD_BYTES + 1) }, 'far'],
  ])('refuses %s, naming it', async (_, fields, field) => {
    expect(await refusal(formOf(fields as never))).toMatchObject({
      code: 'invalid_request',
      field,
    });
  });

  it('refuses parameters in the URL, naming them: ignored, they would be a wrong answer', async () => {
    for (const [query, field] of [
      ['?far=0.00001', 'far'],
      ['?x&faces=one', 'x'],
      ['?%3Cscript%3E=1', undefined],
    ] as const) {
      const models = fakeModels();
      const init = { method: 'POST', body: formOf(pair), headers: KEY };
      const response = await call(`/v1/verify${query}`, init, { models });
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problem.field).toBe(field);
      expect(problem.detail).toMatch(/in the URL/);
      expect(problem.detail).not.toContain('script');
      expect(models.seen).toEqual([]);
    }
  });

  it('takes pictures of an image type that have no file name, and says so of others', async () => {
    const body = (type: string) =>
      ['reference', 'probe']
        .map(
          (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${type}\r\n${name}`,
        )
        .join('\r\n')
        .concat('\r\n--b--');
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const models = fakeModels();
    const sent = body('Content-Type: image/jpeg\r\n');
    expect((await post(sent, headers, { models })).status).toBe(200);
    expect(models.seen[0]).toMatchObject({ reference: bytes('reference') });
    const long = body('').replace('reference\r\n--b', `${'x'.repeat(9000)}\r\n--b`);
    expect(await refusal(long, headers)).toMatchObject({ field: 'reference', detail: /file name/ });
  });

  it('refuses a field that is there twice', async () => {
    for (const [name, value] of [
      ['probe', file('c')],
      ['far', '0.001'],
    ] as const) {
      const form = formOf({ ...pair, far: '0.1' });
      form.append(name, value as never);
      expect(await refusal(form)).toMatchObject({ code: 'invalid_request', field: name });
    }
  });

  it('gives no odd text of the client back', async () => {
    const { code, field } = await refusal(formOf({ ...pair, '<script>': 'x' }));
    expect([code, field]).toEqual(['invalid_request', undefined]);
  });

  it('refuses a picture over its cap, naming it, and takes one just under', async () => {
    const most = new Uint8Array(MAX_PICTURE_BYTES);
    expect((await asked({ probe: file(most) }))?.probe.length).toBe(MAX_PICTURE_BYTES);
    const over = file(new Uint8Array(MAX_PICTURE_BYTES + 1));
    expect(await refusal(formOf({ ...pair, probe: over }))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      field: 'probe',
    });
  });

  it.each([
    ['no body', '', 'multipart/form-data; boundary=b'],
    ['no boundary', '--b--', 'multipart/form-data'],
    ['a body that is no form', 'hello', 'multipart/form-data; boundary=b'],
    ['a form without parts', '--b--', 'multipart/form-data; boundary=b'],
    ['another type', 'reference=a&probe=b', 'application/x-www-form-urlencoded'],
    ['a bare picture', 'JPEG', 'image/jpeg'],
    ['no type', 'JPEG', ''],
  ])('refuses %s', async (_, body, type) => {
    expect((await refusal(body, { 'content-type': type })).code).toBe('invalid_request');
  });

  it('refuses a compressed body, and says so', async () => {
    const { code, detail } = await refusal(formOf(pair), { 'content-encoding': 'gzip' });
    expect([code, detail]).toEqual([
      'invalid_request',
      expect.stringContaining('Content-Encoding'),
    ]);
  });
});

describe('the configuration', () => {
  const codeWith = async (env: Partial<typeof ENV>) => {
    const response = await post(formOf(pair), {}, { env: { ...ENV, ...env } });
    return response.ok ? 'ok' : (await problemOf(response)).code;
  };

  it('gives the default rate, in any spelling', async () => {
    expect(await codeWith({ DEFAULT_FAR: '1e-5' })).toBe('ok');
  });

  it('is at fault, not the caller, when its rate is not calibrated', async () => {
    expect(await codeWith({ DEFAULT_FAR: '0.5' })).toBe('not_configured');
    expect(await codeWith({ DEFAULT_FAR: undefined as never })).toBe('not_configured');
  });

  it('does not stand in the way of a request that names its rate', async () => {
    const env = { ...ENV, DEFAULT_FAR: '0.5' };
    const response = await post(formOf({ ...pair, far: '0.1' }), {}, { env });
    expect(response.status).toBe(200);
  });

  it('needs a key before it reads anything', async () => {
    const models = fakeModels();
    const init = { method: 'POST', body: formOf(pair) };
    expect((await call('/v1/verify', init, { models })).status).toBe(401);
    expect(models.seen).toEqual([]);
    expect((await call('/v1/verify', { ...init, headers: KEY }, { models })).status).toBe(200);
  });
});
