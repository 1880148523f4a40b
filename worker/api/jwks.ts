/** `GET /.well-known/jwks.json`: the keys that assertions are checked with (RFC 7517). */
import type { Handler } from 'hono';
import type { Api } from '../http/context.ts';
import { publicKeys } from '../login/assertion.ts';

/** A verifier that meets an unknown `kid` asks again, so a new key need not wait for this. */
const CACHE = 'public, max-age=300';

export const jwks: Handler<Api> = async (c) =>
  c.body(JSON.stringify({ keys: await publicKeys(c.env) }), 200, {
    'content-type': 'application/jwk-set+json',
    'cache-control': CACHE,
  });
