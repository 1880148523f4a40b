/** What is done around every request, whatever it asks for. */
import type { Context, Handler, Hono, MiddlewareHandler } from 'hono';
import { Gate } from '../access/gate.ts';
import { authenticate } from '../access/keys.ts';
import { problem, Refusal } from '../errors.ts';
import {
  MAX_HELD_BODIES,
  MAX_HELD_BYTES,
  MAX_HOLD_MS,
  MAX_LOGGED_CHARACTERS,
  MAX_TURN_WAIT_MS,
  OVERLOADED_RETRY_SECONDS,
} from '../limits.ts';
import { drain } from './body.ts';
import { bytesToHold } from './form.ts';
import type { Api } from './services.ts';

/** Cloudflare's own id of a request: it leads to its log lines. */
const RAY = /^[0-9a-f]{16}(?:-[A-Z]{3})?$/;

/** Answers are about one caller's pictures: not for caches, not for frames, not for guessing. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Gives the request its id, and the answer its headers. Outermost: no answer goes without. */
export const identify: MiddlewareHandler<Api> = async (c, next) => {
  const ray = c.req.header('cf-ray');
  c.set('requestId', ray && RAY.test(ray) ? ray : crypto.randomUUID());
  try {
    await next();
  } catch (thrown) {
    c.res = answerFailure(thrown, c); // Hono sends only instances of Error to `onError`
  }
  await drain(c.req.raw);
  c.header('x-request-id', c.get('requestId'));
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
};

/** Whatever was thrown, as a response. Only a refusal tells the caller what it was. */
export function answerFailure(thrown: unknown, c: Context<Api>): Response {
  const requestId = c.get('requestId');
  if (thrown instanceof Refusal) return problem(thrown.failure, requestId);
  const error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown;
  console.error(JSON.stringify({ requestId, error: error.slice(0, MAX_LOGGED_CHARACTERS) }));
  return problem({ code: 'internal' }, requestId);
}

export const requireKey: MiddlewareHandler<Api> = async (c, next) => {
  c.set('caller', await authenticate(c.req.header('authorization'), c.env));
  await next();
};

/** One for the isolate: memory is what it guards. */
const gate = new Gate({
  places: MAX_HELD_BODIES,
  weight: MAX_HELD_BYTES,
  waitMs: MAX_TURN_WAIT_MS,
  leaseMs: MAX_HOLD_MS,
  retryAfterSeconds: OVERLOADED_RETRY_SECONDS,
});

/** Lets a request in when there is memory for its body, which stays unread until then. */
export const holdBody: MiddlewareHandler<Api> = async (c, next) => {
  const work = (async () => {
    const leave = await gate.enter(bytesToHold(c.req.raw));
    try {
      await next();
    } finally {
      leave();
    }
  })();
  // A client that hangs up may end its request there and then: this lets the `finally` still run.
  c.executionCtx.waitUntil(work.catch(() => {}));
  await work;
};

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
