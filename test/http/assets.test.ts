import { describe, expect, it } from 'vitest';
import type { Env } from '../../worker/http/context.ts';
import { call, DEPLOYED, ENV, problemOf } from '../support/api.ts';

const deployed: Env = { ...DEPLOYED, ...(ENV.ASSETS ? { ASSETS: ENV.ASSETS } : {}) };
const withDemo: Env = { ...deployed, DEMO: 'on' };

const DEMO = ['/', '/assets/app.js', '/assets/app.css', '/assets/portrait.jpg'];
const DOCS = ['/docs', '/openapi.json', '/assets/docs.css', '/assets/icon.svg'];

describe('what browsers load', () => {
  it('has its demo page only where it is asked for', async () => {
    for (const path of DEMO) {
      expect((await call(path, {}, { env: withDemo })).status, path).toBe(200);
      expect((await call(path)).status, path).toBe(200);
      for (const DEMO of [undefined, '', 'off', 'ON', 'true']) {
        const env = { ...deployed, ...(DEMO === undefined ? {} : { DEMO }) };
        const response = await call(path, { redirect: 'manual' }, { env });
        if (path === '/') {
          expect(response.status).toBe(302);
          expect(response.headers.get('location')).toBe('/docs');
        } else {
          expect(response.status, `${path} ${DEMO}`).toBe(404);
          expect((await problemOf(response)).code).toBe('not_found');
        }
      }
    }
  });

  it('has its documentation everywhere, without a key', async () => {
    for (const path of DOCS) {
      expect((await call(path, {}, { env: deployed })).status, path).toBe(200);
    }
  });

  it('may use nothing but its own files, and the camera', async () => {
    for (const path of [...DEMO, ...DOCS]) {
      const { headers } = await call(path);
      expect(headers.get('content-security-policy'), path).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
          "connect-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; " +
          "frame-ancestors 'none'",
      );
      expect(headers.get('permissions-policy')).toBe('camera=(self)');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-request-id')).toBeTruthy();
    }
  });

  it('can be asked whether it has changed', async () => {
    const etag = (await call('/docs')).headers.get('etag');
    expect(etag).toBeTruthy();
    const again = await call('/docs', { headers: { 'if-none-match': etag ?? '' } });
    expect(again.status).toBe(304);
    expect((await call('/docs', { method: 'HEAD' })).status).toBe(200);
  });

  it('says so where it is missing', async () => {
    const { ASSETS: _, ...without } = deployed;
    const response = await call('/docs', {}, { env: without });
    expect((await problemOf(response)).code).toBe('not_configured');
  });

  it('lets any page read openapi.json', async () => {
    const headers = { origin: 'https://anybody.example' };
    const response = await call('/openapi.json', { headers }, { env: deployed });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('the documentation', () => {
  it('has an anchor for whatever a problem leads to', async () => {
    const page = await (await call('/docs')).text();
    const { type, code } = await problemOf(await call('/nowhere'));
    expect(type).toBe(`/docs#${code}`);
    expect(page).toContain(`id="${code}"`);
    expect(page).not.toMatch(/<script|https?:\/\/(?!.*(example|localhost))|style="/);
  });
});
