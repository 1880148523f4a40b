/** Middleware around every request, whatever it asks for. */
import type { Context, Handler, Hono, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { authenticate } from '../auth/api-keys.ts';
import { isDevelopment } from '../auth/development.ts';
import { countRequest, type RateClass } from '../auth/rate-limits.ts';
import { clientSubnet } from '../auth/subnet.ts';
import { allowsOrigin, type Scope, type Tenant, tenants } from '../auth/tenants.ts';
import { problem, Refusal } from '../errors.ts';
import { describeError, type Entry, logRequest, pseudonym } from '../log.ts';
import { keyRing } from '../login/sealed-token.ts';
import { drain } from './body-reader.ts';
import type { Api } from './context.ts';
import { answerHeaders, isRegistered, preflightHeaders } from './cors.ts';
import { failureOf } from './failure.ts';

/** Cloudflare's own id of a request: it leads to its log lines. */
const RAY = /^[0-9a-f]{16}(?:-[A-Z]{3})?$/;

/** Headers of every answer: no cache keeps it, no page frames it, no browser guesses its type. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** A year, of this host alone. */
const HSTS = 'max-age=31536000';

/**
 * True over https; a proxy before us may say that it was. Over http the header must not be sent
 * (RFC 6797, 7.2). Whoever makes the proxy's header up fools nobody but themselves.
 */
const isSecure = (request: Context<Api>['req']) =>
  new URL(request.url).protocol === 'https:' || request.header('x-forwarded-proto') === 'https';

/** Gives the request its id, and the answer its headers. Outermost: no answer goes without. */
export const requestContext: MiddlewareHandler<Api> = async (c, next) => {
  const ray = c.req.header('cf-ray');
  const requestId = ray && RAY.test(ray) ? ray : crypto.randomUUID();
  const startedAt = Date.now();
  const entry: Entry = { requestId, method: c.req.method, bytes: 0, waitMs: 0 };
  c.set('requestId', requestId);
  c.set('entry', entry);
  try {
    await next();
  } catch (thrown) {
    c.res = answerFailure(thrown, c); // Hono sends only instances of Error to `onError`
  }
  await drain(c.req.raw);
  c.header('x-request-id', c.get('requestId'));
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.header(name, value); // a route may know better
  }
  if (isSecure(c.req)) c.header('strict-transport-security', HSTS);
  entry.status = c.res.status;
  entry.ms = Date.now() - startedAt;
  await describeRequest(entry, c);
  logRequest(entry, c.env.EVENTS);
};

/** Record of the request at its end. */
async function describeRequest(entry: Entry, c: Context<Api>): Promise<void> {
  entry.route ??= matchedRoutes(c)
    .map(({ path }) => path)
    .findLast((path) => !path.endsWith('*'));
  const caller = c.get('caller');
  const challenge = c.get('challenge');
  entry.tenant = caller?.tenant.id ?? challenge?.tenant;
  entry.key = caller?.key;
  const subject = challenge?.subject ?? c.get('subject');
  if (entry.tenant === undefined || subject === undefined) return;
  try {
    const [{ key }] = await keyRing(c.env);
    entry.subject = await pseudonym(entry.tenant, subject, Uint8Array.from(key));
  } catch {
    // A request without a key has no name that could be told.
  }
}

/** Response to whatever was thrown. Only a refusal tells the caller what it was. */
export function answerFailure(thrown: unknown, c: Context<Api>): Response {
  const requestId = c.get('requestId');
  const failure = failureOf(thrown);
  const entry = c.get('entry');
  if (!(thrown instanceof Refusal)) noteError(thrown, c);
  else if (thrown.reason !== undefined) entry.reason = thrown.reason;
  else if (failure.code === 'not_configured') entry.reason = failure.detail;
  entry.code = failure.code;
  return problem(failure, requestId);
}

/** Notes an error of ours for the request's line in the log. */
export function noteError(thrown: unknown, c: Context<Api>): void {
  c.get('entry').error = describeError(thrown);
}

export const requireKey: MiddlewareHandler<Api> = async (c, next) => {
  // OPTIONS says which methods a resource has, as the public openapi.json does.
  if (c.req.method !== 'OPTIONS') {
    c.set('caller', await authenticate(c.req.header('authorization'), c.env));
  }
  await next();
};

/** Guard behind `requireKey`: only keys with this scope pass. */
export const requireScope =
  (scope: Scope): MiddlewareHandler<Api> =>
  async (c, next) => {
    if (!c.get('caller').scopes.has(scope)) {
      const detail = `The API key does not have the scope \`${scope}\`.`;
      throw new Refusal({ code: 'forbidden', detail });
    }
    await next();
  };

/** Rate limit behind `requireKey`: counts the request for its tenant, whichever of its keys was used. */
export const rateLimitByTenant =
  (rateClass: RateClass): MiddlewareHandler<Api> =>
  async (c, next) => {
    const { tenant, limited } = c.get('caller');
    if (limited) await countRequest(rateClass, tenant.id, c.env);
    await next();
  };

/** Rate limit of enrolments for requests that bring pictures; stands behind `body`, which knows whether they do. */
export const rateLimitPictures: MiddlewareHandler<
  Api,
  string,
  { out: { form: { image?: unknown } } }
> = async (c, next) => {
  if (c.req.valid('form').image === undefined) return next();
  return rateLimitByTenant('RATE_ENROL')(c, next);
};

/**
 * Rate limit where there is no key: counts the request for the network it comes from. Not for its
 * challenge: whose that is stands in a body that is not read yet, and its subject's attempts are
 * counted by themselves. Whole offices share an address, so the rate has room for many people.
 */
export const rateLimitBySubnet: MiddlewareHandler<Api> = async (c, next) => {
  const address = c.req.header('cf-connecting-ip') ?? '';
  if (!isDevelopment(c.env)) await countRequest('RATE_RESPONSE', clientSubnet(address), c.env);
  await next();
};

/** Lets any page read what is public: GET without a key needs no preflight. */
export const anyOrigin: MiddlewareHandler<Api> = async (c, next) => {
  await next();
  c.header('access-control-allow-origin', '*');
};

/**
 * Lets registered pages read what is served at a path, errors too, and answers their preflights.
 * It stands before the key check: a preflight never has a key.
 */
export const cors =
  (method: 'GET' | 'POST'): MiddlewareHandler<Api> =>
  async (c, next) => {
    const origin = c.req.header('origin');
    const registered = origin !== undefined && isRegistered(origin, tenants(c.env));
    const asked = c.req.header('access-control-request-method');
    if (registered && c.req.method === 'OPTIONS' && asked !== undefined) {
      c.res = c.body(null, 204, preflightHeaders(origin, method));
    } else {
      try {
        await next();
      } catch (thrown) {
        c.res = answerFailure(thrown, c);
      }
      const pagesOf = c.get('pagesOf');
      if (registered && (pagesOf === undefined || allowsOrigin(pagesOf, origin))) {
        for (const [name, value] of Object.entries(answerHeaders(origin))) c.header(name, value);
      }
    }
    // Caches must not give one page what was meant for another, nor for none.
    c.header('vary', 'Origin', { append: true });
  };

/**
 * Guard: only pages of this tenant may go on, or what is no page at all and sends no `Origin`. The
 * demo page is served from here, where it is on.
 *
 * @throws Refusal `forbidden`
 */
export function requireOrigin(c: Context<Api>, tenant: Tenant): void {
  c.set('pagesOf', tenant);
  const origin = c.req.header('origin');
  if (origin === undefined || allowsOrigin(tenant, origin)) return;
  const demo = isDevelopment(c.env) || c.env.DEMO === 'on';
  if (demo && origin === new URL(c.req.url).origin) return;
  const detail =
    'This page is not registered with the tenant that made the challenge. Its operator registers ' +
    'the origin: `npm run tool -- keys allow TENANT --origin ORIGIN`.';
  throw new Refusal({ code: 'forbidden', detail });
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Registers all of a resource: its methods, `OPTIONS`, and a 405 for the others. */
export function resource(
  app: Hono<Api>,
  path: string,
  methods: Partial<Record<Method, readonly Handler<Api>[]>>,
): void {
  // Hono answers HEAD from GET (RFC 9110 section 9.3.2).
  const allow = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : name));
  allow.push('OPTIONS');
  for (const [name, handlers] of Object.entries(methods)) app.on(name, [path], ...handlers);
  app.all(path, (c) => {
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow: allow.join(', ') });
    throw new Refusal({ code: 'method_not_allowed', allow });
  });
}
