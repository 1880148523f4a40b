/** Assets that browsers load: the demo page and the documentation, as `npm run build` made them. */
import type { Handler } from 'hono';
import { isDevelopment } from '../auth/development.ts';
import { Refusal } from '../errors.ts';
import type { Api } from './context.ts';

/** A page has its own files and nothing else: no inline script or style, no other host. */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'camera=(self)',
};

/** Headers of a page's request that decide about its answer; cookies and the like do not. */
const PASSED = ['if-none-match'];

/** Serves one file of dist/web. */
export const asset =
  (file: string): Handler<Api> =>
  async (c) => {
    const { ASSETS } = c.env;
    if (!ASSETS) {
      throw new Refusal({ code: 'not_configured', detail: 'The binding ASSETS is missing.' });
    }
    const headers = PASSED.flatMap((name): [string, string][] => {
      const value = c.req.header(name);
      return value === undefined ? [] : [[name, value]];
    });
    const url = new URL(file, c.req.url);
    const found = await ASSETS.fetch(new Request(url, { method: c.req.method, headers }));
    if (!found.ok && found.status !== 304) throw new Refusal({ code: 'not_found' });
    const page = new Response(found.body, found);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) page.headers.set(name, value);
    return page;
  };

/** The same for the demo page, which is there in development, and where it is asked for; else its
 * address leads to the documentation. */
export const demo =
  (file: string): Handler<Api> =>
  (c, next) => {
    if (isDevelopment(c.env) || c.env.DEMO === 'on') return asset(file)(c, next);
    if (c.req.path === '/') return c.redirect('/docs');
    throw new Refusal({ code: 'not_found' });
  };
