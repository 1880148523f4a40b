/** Answers of `GET /.well-known/jwks.json`, and the documentation. */
import * as z from 'zod/mini';
import { described } from './schema/answers.ts';
import type { Operation } from './schema/operation.ts';

export const Jwks = described(
  z.strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('ES256'),
      }),
    ),
  }),
  'The public keys of assertions (RFC 7517). The first one signs, all are valid.',
);

export const operations: readonly Operation[] = [
  {
    id: 'jwks',
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys of assertions',
    key: 'none',
    success: [200, Jwks],
    media: 'application/jwk-set+json',
    errors: ['not_configured'],
  },
];
