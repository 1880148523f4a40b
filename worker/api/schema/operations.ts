/**
 * The API as its documentation has it, resource by resource: `npm run openapi` makes openapi.json and
 * /docs of this. The Worker never loads it, nor the `docs` of a resource: it takes their types.
 */
import * as z from 'zod/mini';
import * as attempts from '../attempts.docs.ts';
import * as challenges from '../challenges.docs.ts';
import * as clusters from '../clusters.docs.ts';
import * as galleries from '../galleries.docs.ts';
import * as health from '../health.docs.ts';
import * as identify from '../identify.docs.ts';
import * as jwks from '../jwks.docs.ts';
import * as loginResponse from '../login-response.docs.ts';
import * as model from '../model.docs.ts';
import * as ready from '../ready.docs.ts';
import * as templates from '../templates.docs.ts';
import * as verify from '../verify.docs.ts';
import { FaceReport } from './face-report.ts';
import type { Operation } from './operation.ts';

/** Resources in the order of the documentation. */
const RESOURCES = [
  verify,
  templates,
  identify,
  clusters,
  galleries,
  challenges,
  loginResponse,
  attempts,
  model,
  jwks,
  health,
  ready,
];

export const OPERATIONS: readonly Operation[] = RESOURCES.flatMap(({ operations }) => operations);

/** Schemas of answers by their names, which are those that the resources export them by. */
export const ANSWERS: readonly (readonly [name: string, schema: z.core.$ZodType])[] =
  Object.entries(Object.assign({ FaceReport }, ...RESOURCES) as object)
    .filter((entry): entry is [string, z.core.$ZodType] => entry[1] instanceof z.core.$ZodType)
    .sort(([a], [b]) => (a < b ? -1 : 1));
