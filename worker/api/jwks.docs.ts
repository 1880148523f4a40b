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
    tag: 'Deployment',
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys of assertions',
    key: 'none',
    success: [200, Jwks],
    media: 'application/jwk-set+json',
    errors: ['not_configured'],
    sample: {
      typescript:
        "import { verifyAssertion } from 'visavis/assertion'; // fetches the keys itself\n\n" +
        'const expected = { issuer: url, audience, tenant, nonce, subject, seen };\n' +
        'const claims = await verifyAssertion(assertion, expected);',
      answers: {
        Jwks: {
          keys: [
            {
              kty: 'EC',
              crv: 'P-256',
              x: '5pRXpFJy4s6Uyv495cmEJCtx-nnAsfKtwNctKVXeaEs',
              y: 'b2ZWZ9KM9X1fh32xkI9QVD3dumD8UIQyyZgUT691jtA',
              kid: 'Ue1wW5cUUtk2kC0u2B3j3yqf0Q7l3a4k9m5c8Xr2s1A',
              use: 'sig',
              alg: 'ES256',
            },
          ],
        },
      },
    },
  },
];
