/** Answers of `GET /readyz`, and the documentation. */
import * as z from 'zod/mini';
import { READY_SECONDS } from '../limits.ts';
import type { Operation } from './schema/operation.ts';

export const Ready = z.strictObject({ status: z.literal('ready') });

export const operations: readonly Operation[] = [
  {
    id: 'ready',
    tag: 'Deployment',
    method: 'get',
    path: '/readyz',
    summary: 'Can it answer?',
    description:
      `Judges the settings, runs one inference and reads one object, at most once in ${READY_SECONDS} s an isolate; ` +
      'the others get the last finding. `detail` says what is wrong.',
    key: 'none',
    success: [200, Ready],
    errors: ['unavailable'],
    sample: {
      typescript: "const { ok } = await fetch(new URL('/readyz', url));",
      answers: { Ready: { status: 'ready' } },
    },
  },
];
