/** `POST /v1/verify` as JSON, and the cap on its body. */
import { describe, expect, it } from 'vitest';
import {
  MAX_JSON_REQUEST_BYTES,
  MAX_PICTURE_BYTES,
  MAX_REQUEST_BYTES,
} from '../../worker/limits.ts';
import { bytes, call, fakeModels, file, formOf, post, refusal } from '../support/api.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const pair = { reference: file('a'), probe: file('b') };

describe('POST /v1/verify as JSON', () => {
  const json = (fields: object) => JSON.stringify(fields);
  const a = btoa('picture a');
  const b = btoa('picture b');

  it('is the same request', async () => {
    const models = fakeModels();
    const body = json({
      reference: a,
      probe: `data:image/png;base64,${b}`,
      far: 1e-5,
      faces: 'one',
    });
    expect((await post(body, JSON_TYPE, { models })).status).toBe(200);
    expect(models.seen).toEqual([
      {
        reference: bytes('picture a'),
        probe: bytes('picture b'),
        rate: { far: 0.00001, threshold: 0.7, val: 0.5 },
        faces: 'one',
      },
    ]);
  });

  it('reads long pictures to the byte', async () => {
    const models = fakeModels();
    const pixels = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2_654_435_761) >>> 24);
    const text = btoa(Array.from(pixels, (byte) => String.fromCharCode(byte)).join(''));
    const body = json({ reference: text, far: '1e-3', probe: text }).replaceAll('/', '\\/');
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post(body, type, { models })).status).toBe(200);
    for (const picture of [models.seen[0]?.reference, models.seen[0]?.probe]) {
      // Much faster than `toEqual`, which makes a string of each.
      expect(picture && crypto.subtle.timingSafeEqual(picture, pixels)).toBe(true);
    }
  });

  it.each([
    ['bad base64', { reference: a, probe: 'photo.jpg' }, 'probe'],
    ['bad long base64', { reference: a, probe: `${'A'.repeat(4000)}!` }, 'probe'],
    ['a number for a picture', { reference: 7, probe: b }, 'reference'],
    ['null for a picture', { reference: null, probe: b }, 'reference'],
    ['an object for a picture', { reference: { data: a }, probe: b }, 'reference'],
    ['an empty picture', { reference: '', probe: b }, 'reference'],
    ['an empty data: picture', { reference: 'data:image/png;base64,', probe: b }, 'reference'],
    ['a missing picture', { reference: a }, 'probe'],
    ['an unknown field', { reference: a, probe: b, Far: 1 }, 'Far'],
    ['an uncalibrated rate', { reference: a, probe: b, far: 0.5 }, 'far'],
    ['a list of rates', { reference: a, probe: b, far: [0.1] }, 'far'],
    ['null for an option', { reference: a, probe: b, faces: null }, 'faces'],
    ['null for a rate', { reference: a, probe: b, far: null }, 'far'],
    ['an endless option', { reference: a, probe: b, far: '0'.repeat(2000) }, 'far'],
    ['a prototype', { reference: a, probe: b, constructor: 1 }, 'constructor'],
  ])('refuses %s, naming it', async (_, fields, field) => {
    expect(await refusal(json(fields), JSON_TYPE)).toMatchObject({
      code: 'invalid_request',
      field,
    });
  });

  it.each([
    ['is null', { reference: a, probe: null }],
    ['is null', { reference: a, probe: b, far: null }],
    ['is a URL', { reference: a, probe: 'https://example.org/photo.jpg' }],
    ['is base64url', { reference: a, probe: `${'_-'.repeat(4000)}` }],
    ['is a data URL', { reference: a, probe: `data:image/*;base64,${b}` }],
  ])('says that a field %s', async (detail, fields) => {
    expect((await refusal(json(fields), JSON_TYPE)).detail).toContain(detail);
  });

  it('says of a template in the place of a picture where templates go', async () => {
    const template = 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn';
    const detail = '`probe` is a template: templates go to `reference`.';
    const form = formOf({ reference: file('a'), probe: template });
    expect(await refusal(form)).toMatchObject({ field: 'probe', detail });
    for (const probe of [template, template.replace('Y2lwaGVy', 'Y2lw'.repeat(400))]) {
      const told = await refusal(json({ reference: a, probe }), JSON_TYPE);
      expect(told).toMatchObject({ code: 'invalid_request', field: 'probe', detail });
    }
  });

  it('names an unknown field of a form, with brackets too', async () => {
    const problem = await refusal(formOf({ ...pair, 'images[]': file('c') }));
    expect(problem).toMatchObject({ code: 'invalid_request', field: 'images[]' });
    expect(problem.detail).toMatch(/^`images\[\]` is not known here; known are `reference`, /);
    const odd = await refusal(formOf({ ...pair, '<b>': file('c') }));
    expect(odd.detail).toMatch(/^There is a field that is not known here/);
    expect(odd.field).toBeUndefined();
  });

  it.each(['', '[]', '{', 'reference'])('refuses %j', async (body) => {
    expect((await refusal(body, JSON_TYPE)).code).toBe('invalid_request');
  });

  it('refuses a picture over its cap, naming it', async () => {
    const over = 'AAAA'.repeat(MAX_PICTURE_BYTES / 3 + 1);
    expect(await refusal(json({ reference: a, probe: over }), JSON_TYPE)).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      field: 'probe',
    });
  });
});

describe('the cap on a request', () => {
  /** A body without a length, given out by the piece. */
  function chunked(size: number) {
    const state = { pulled: 0, cancelled: false };
    const body = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        const piece = new Uint8Array(Math.min(1 << 20, size - state.pulled));
        state.pulled += piece.length;
        controller.enqueue(piece);
        if (state.pulled === size) controller.close();
      },
      cancel() {
        state.cancelled = true;
      },
    });
    return { body, state };
  }

  const types = [
    ['multipart/form-data; boundary=b', MAX_REQUEST_BYTES],
    ['application/json', MAX_JSON_REQUEST_BYTES],
  ] as const;

  it.each(types)('refuses a declared %s over it', async (type, cap) => {
    const send = (size: number) =>
      refusal(new Uint8Array(size), { 'content-type': type, 'content-length': String(size) });
    const over = await send(cap + 1);
    expect([over.status, over.code]).toEqual([413, 'payload_too_large']);
    const most = await send(cap);
    expect(most.code).toBe('invalid_request'); // was read, and is all zeros
  });

  it.each(types)('refuses a chunked %s over it, and reads it to its end', async (type, cap) => {
    const { body, state } = chunked(cap + 5_000_000);
    const over = await refusal(body, { 'content-type': type });
    expect([over.status, over.code]).toEqual([413, 'payload_too_large']);
    expect(state).toEqual({ pulled: cap + 5_000_000, cancelled: false });
  });

  it('takes a chunked body of just that size', async () => {
    const { body } = chunked(MAX_REQUEST_BYTES);
    const { code } = await refusal(body, { 'content-type': types[0][0] });
    expect(code).toBe('invalid_request');
  });

  it('reads a chunked form like any other', async () => {
    const form = new Response(formOf(pair));
    const type = form.headers.get('content-type') ?? '';
    const whole = new Uint8Array(await form.arrayBuffer());
    let at = 0;
    const body = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.enqueue(whole.slice(at, at + 7));
        at += 7;
        if (at >= whole.length) controller.close();
      },
    });
    const models = fakeModels();
    expect((await post(body, { 'content-type': type }, { models })).status).toBe(200);
    expect(models.seen[0]?.probe).toEqual(bytes('b'));
  });

  it('drains what is refused for other reasons, but not without end', async () => {
    const wrongKey = { authorization: 'Bearer wrong' };
    for (const [size, reads] of [
      [3_000_000, 3_000_000],
      [200_000_000, 64 * 1024 * 1024],
    ] as const) {
      const { body, state } = chunked(size);
      const response = await call('/v1/verify', { method: 'POST', body, headers: wrongKey });
      expect(response.status).toBe(401);
      expect(state.pulled).toBeGreaterThanOrEqual(reads);
      expect(state.pulled).toBeLessThan(reads + (2 << 20));
    }
  });

  it('says so when a body breaks off', async () => {
    const body = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.error(new Error('connection lost'));
      },
    });
    const { code, detail } = await refusal(body, { 'content-type': types[0][0] });
    expect([code, detail]).toEqual(['invalid_request', 'The request body broke off.']);
  });
});
