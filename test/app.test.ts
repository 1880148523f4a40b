import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../worker/app.ts';
import { Refusal } from '../worker/errors.ts';
import { verificationPoints } from '../worker/face/decision/calibration.ts';
import { modelId } from '../worker/face/embedding/model-id.ts';
import openapi from '../worker/openapi.json';
import { MODELS } from '../worker/runtime/models.ts';
import {
  call,
  DEPLOYED,
  ENV,
  fakeModels,
  file,
  formOf,
  KEY,
  keyEntry,
  post,
  problemOf,
  tenantEntry,
} from './support/api.ts';

const app = createApp(fakeModels());
const CONTEXT = { waitUntil() {}, passThroughOnException() {}, props: {} } as never;

const pair = () => formOf({ reference: file('a'), probe: file('b') });

describe('every answer', () => {
  it('has an id, and headers that fit what it is about', async () => {
    for (const response of [
      await call('/healthz'),
      await call('/nowhere'),
      await call('/v1/verify', { method: 'POST' }),
      await call('/v1/model', { headers: KEY }),
      await post(pair()),
    ]) {
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('keeps browsers to https, over https alone', async () => {
    const paths = ['/healthz', '/nowhere', '/v1/model', '/openapi.json', '/', '/docs'];
    const requests = [
      ...paths.map((path) => [path, {}] as const),
      ['/.well-known/jwks.json', {}],
      ['/v1/verify', { method: 'POST' }],
      ['/v1/verify', { method: 'OPTIONS' }],
      ['/v1/verify', { method: 'DELETE' }],
      [
        '/v1/challenges/1/response',
        { method: 'OPTIONS', headers: { origin: 'https://a.example' } },
      ],
    ] as const;
    const hsts = async (host: string, path: string, init: RequestInit) => {
      const response = await app.fetch(new Request(`${host}${path}`, init), ENV, CONTEXT);
      return response.headers.get('strict-transport-security');
    };
    for (const [path, init] of requests) {
      expect(await hsts('https://visavis.test', path, init), path).toBe('max-age=31536000');
      expect(await hsts('http://localhost:8787', path, init), path).toBeNull();
    }
    const headers = { 'x-forwarded-proto': 'https' };
    expect(await hsts('http://10.0.0.1', '/healthz', { headers })).toBe('max-age=31536000');
  });

  it("has Cloudflare's own id where there is one, and no other that the client sends", async () => {
    const id = async (ray: string) =>
      (await problemOf(await call('/nowhere', { headers: { 'cf-ray': ray } }))).requestId;
    expect(await id('8f3c1a2b4d5e6f70-FRA')).toBe('8f3c1a2b4d5e6f70-FRA');
    expect(await id('"><script>')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the same id in the header and in the body', async () => {
    const response = await call('/nowhere');
    expect((await problemOf(response)).requestId).toBe(response.headers.get('x-request-id'));
  });
});

describe('paths and methods', () => {
  it('serves its health without a key or a configuration', async () => {
    const env = { ...ENV, ENVIRONMENT: 'production' };
    const response = await call('/healthz', {}, { env });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('serves the model card', async () => {
    const response = await call('/v1/model', { headers: KEY });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      name: 'fake',
      sha256: '00'.repeat(32),
      detectorSha256: '01'.repeat(32),
      landmarkerSha256: '02'.repeat(32),
      input: { width: 116, height: 140 },
      dimension: 128,
      calibration: { rates: [{ far: 0.1 }, { far: 0.001 }, { far: 0.00001 }] },
    });
    const card = await call('/v1/model/card', { headers: KEY });
    expect(await card.json()).toMatchObject({ name: 'fake', accuracy: {} });
  });

  it('tells thresholds in 2 KB, for each number of pictures', async () => {
    const models = { ...fakeModels(), card: () => MODELS['mobilefacenet-int8'].card };
    const text = await (await call('/v1/model', { headers: KEY }, { models })).text();
    expect(text.length).toBeLessThan(2048);
    const { calibration, id } = JSON.parse(text);
    expect(id).toBe(modelId(MODELS['mobilefacenet-int8'].card));
    const whole = MODELS['mobilefacenet-int8'].card.calibration;
    expect(calibration.templates).toHaveLength(whole.templates.length);
    for (const [i, { threshold }] of verificationPoints(whole).rates.entries()) {
      expect(calibration.rates[i].threshold).toBeCloseTo(threshold, 3);
    }
  });

  it('does not serve other paths', async () => {
    for (const path of [
      '/v1',
      '/v1/',
      '/v1/verify/',
      '/V1/verify',
      '/healthz/x',
      '//healthz',
      '/index.html',
      '/docs.html',
      '/docs/',
      '/assets/',
      '/assets/nothing.js',
      '/openapi.yaml',
    ]) {
      const response = await call(path, { headers: KEY });
      expect(response.status, path).toBe(404);
      expect((await problemOf(response)).code).toBe('not_found');
    }
  });

  it('has every route of the API in openapi.json, and no other', () => {
    const pages = /^\/(?:docs|openapi\.json|assets\/.*)?$/;
    const served = createApp(fakeModels())
      .routes.filter(({ method, path }) => method !== 'ALL' && !pages.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const documented = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...new Set(served)].sort()).toEqual(documented.sort());
  });

  it('says which methods a resource has', async () => {
    const allow = {
      '/healthz': 'GET, HEAD, OPTIONS',
      '/v1/model': 'GET, HEAD, OPTIONS',
      '/v1/model/card': 'GET, HEAD, OPTIONS',
      '/v1/verify': 'POST, OPTIONS',
      '/v1/templates': 'POST, OPTIONS',
      '/v1/challenges': 'POST, OPTIONS',
      '/v1/challenges/x/response': 'POST, OPTIONS',
      '/v1/subjects/x/attempts': 'GET, HEAD, DELETE, OPTIONS',
      '/.well-known/jwks.json': 'GET, HEAD, OPTIONS',
      '/openapi.json': 'GET, HEAD, OPTIONS',
      '/docs': 'GET, HEAD, OPTIONS',
      '/': 'GET, HEAD, OPTIONS',
    };
    for (const [path, methods] of Object.entries(allow)) {
      const wrong = await call(path, { method: 'PATCH', headers: KEY });
      expect(wrong.status).toBe(405);
      expect(wrong.headers.get('allow')).toBe(methods);
      expect((await problemOf(wrong)).code).toBe('method_not_allowed');
      const options = await call(path, { method: 'OPTIONS' }); // without a key, as openapi.json
      expect(options.status).toBe(204);
      expect(options.headers.get('allow')).toBe(methods);
    }
    expect((await call('/v1/verify', { headers: KEY })).status).toBe(405);
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await call('/v1/model', { method: 'HEAD', headers: KEY });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect((await call('/v1/verify', { method: 'HEAD', headers: KEY })).status).toBe(405);
  });
});

describe('keys', () => {
  // However a path is spelt: what is under /v1 is closed before anything is said about it.
  const paths = ['/v1/model', '/v1/verify', '/v1/nowhere', '/v1', '/%76%31/model', '/v1/%6dodel'];

  it('are asked for under /v1, by every method', async () => {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'HEAD']) {
        const response = await call(path, { method });
        expect(response.status, `${method} ${path}`).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer realm="visavis"');
      }
    }
  });

  it('are not enough when wrong', async () => {
    const response = await call('/v1/model', { headers: { authorization: 'Bearer wrong' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect((await problemOf(response)).code).toBe('unauthorized');
  });

  it('are known from the secret in production', async () => {
    const API_KEYS = JSON.stringify([tenantEntry('shop', [await keyEntry('web', 'k-1')])]);
    const env = { ...DEPLOYED, API_KEYS };
    const status = async (authorization: string) =>
      (await call('/v1/model', { headers: { authorization } }, { env })).status;
    expect(await status('Bearer k-1')).toBe(200);
    expect(await status('Bearer visavis-dev')).toBe(401);
  });

  it('close everything while none is configured', async () => {
    for (const path of paths) {
      const response = await call(path, { headers: KEY }, { env: DEPLOYED });
      expect(response.status, path).toBe(503);
      expect((await problemOf(response)).code).toBe('not_configured');
    }
  });
});

describe('what goes wrong inside', () => {
  afterEach(() => vi.restoreAllMocks());

  /** A request whose verification throws this. */
  const thrown = (value: unknown) => {
    const models = fakeModels({
      load: async () => {
        throw value;
      },
    });
    return post(pair(), {}, { models });
  };

  it.each([
    ['an error', new Error('secret plans\n at file.ts')],
    ['a string', 'secret plans'],
    ["a codec's pointer", 5_246_104],
    ['nothing', undefined],
  ])('is a fault of ours, and is told to nobody: %s', async (_, value) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const response = await thrown(value);
    expect(response.status).toBe(503);
    const body = await problemOf(response);
    expect(body.code).toBe('unavailable');
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(response.headers.get('x-request-id')).toBe(body.requestId);
    expect(log).toHaveBeenCalledTimes(1);
    expect(String(log.mock.calls[0])).toContain(body.requestId);
  });

  it('is logged in one short line', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await thrown(new Error('x'.repeat(10_000)));
    expect(String(log.mock.calls[0]).length).toBeLessThan(500);
  });

  it('is passed on where it is a refusal, with its field', async () => {
    const response = await thrown(new Refusal({ code: 'no_face', field: 'probe' }));
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: 'no_face', field: 'probe' });
  });
});
