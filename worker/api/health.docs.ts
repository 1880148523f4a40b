/** Answers of `GET /healthz`, and the documentation. */
import * as z from 'zod/mini';
import type { Operation } from './schema/operation.ts';

export const Health = z.strictObject({ status: z.literal('ok') });

export const operations: readonly Operation[] = [
  {
    id: 'health',
    tag: 'Deployment',
    method: 'get',
    path: '/healthz',
    summary: 'Does it run?',
    key: 'none',
    success: [200, Health],
    errors: [],
    sample: {
      typescript: "const { ok } = await fetch(new URL('/healthz', url));",
      answers: { Health: { status: 'ok' } },
    },
  },
];
