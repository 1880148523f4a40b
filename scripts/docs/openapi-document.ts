/** The OpenAPI 3.1 document, from the schemas that the Worker checks requests by. */
import * as z from 'zod/mini';
import {
  days,
  exported,
  flag,
  gallery,
  picture,
  reference,
  subject,
  token,
  tokens,
  top,
} from '../../worker/api/schema/fields.ts';
import {
  errorsOf,
  type Operation,
  PARAMETERS,
  type Sample,
  TAGS,
} from '../../worker/api/schema/operation.ts';
import { ANSWERS, OPERATIONS } from '../../worker/api/schema/operations.ts';
import { CODES, EXPLANATIONS, Problem } from '../../worker/api/schema/problems.ts';
import { type Code, type Failure, problem } from '../../worker/errors.ts';
import {
  MAX_GALLERY_CHARACTERS,
  MAX_SUBJECT_CHARACTERS,
  MAX_TEMPLATE_DAYS,
  MAX_TOP,
} from '../../worker/limits.ts';
import { curlOf } from './curl.ts';

type Json = Record<string, unknown>;

const NAMED = z.registry<{ id: string }>();
for (const [id, schema] of ANSWERS) NAMED.add(schema, { id });
NAMED.add(Problem, { id: 'Problem' });

const INFO = {
  title: 'visavis',
  version: '1',
  summary: 'Face verification and face login as one serverless function at the edge',
  description:
    'Backends send an API key: `Authorization: Bearer KEY`. Keys never belong in browsers: ' +
    'whoever has one can ask for distances, and with distances a picture can be bent until it ' +
    'passes. Every failure is a problem (RFC 9457), and its `code` is what programs read.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

export function openapi(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/', description: 'The deployment that serves this document.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
      schemas: components(),
    },
  };
}

function describe(operation: Operation): Json {
  const { id, tag, summary, description, key, path, body, query = {}, sample } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: PARAMETERS[name as keyof typeof PARAMETERS],
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  const parameters = [...inPath, ...inQuery];
  const scope = key === 'any' || key === 'none' ? [] : [`The key needs the scope \`${key}\`.`];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description || scope.length > 0
      ? { description: [description, ...scope].filter(Boolean).join(' ') }
      : {}),
    security: key === 'none' ? [] : [{ key: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(operation) } : {}),
    responses: answers(operation),
    'x-codeSamples': [
      { lang: 'Shell', label: 'curl', source: curlOf(operation) },
      ...(sample?.typescript === undefined
        ? []
        : [{ lang: 'TypeScript', label: 'TypeScript', source: sample.typescript }]),
    ],
  };
}

/**
 * The form alone where there is one, and JSON in words: generators of clients that find both take
 * JSON, and ask for pictures as base64.
 */
function requestBody({ body, fields, sample }: Operation): Json {
  const { form, json } = body?.caps ?? {};
  if (form === undefined) {
    const content = { 'application/json': { schema: request('json'), example: sample?.json } };
    return { required: true, content };
  }
  const description =
    json === undefined
      ? {}
      : { description: 'Also as `application/json`, with pictures as base64 or as data URLs.' };
  return {
    ...description,
    required: true,
    content: { 'multipart/form-data': { schema: request('form') } },
  };

  function request(kind: 'form' | 'json'): Json {
    const schema = plain(
      z.toJSONSchema(body?.schema as z.ZodMiniObject, {
        io: 'input',
        unrepresentable: 'any',
        override: ({ zodSchema, jsonSchema }) => spell(zodSchema, jsonSchema, kind),
      }),
    );
    for (const [name, text] of Object.entries(fields ?? {})) {
      const property = (schema.properties as Record<string, Json>)[name];
      if (property) property.description = text;
    }
    return schema;
  }
}

const PICTURE = {
  // OpenAPI 3.0's spelling, which generators of clients know; 3.1 allows any `format`.
  form: { type: 'string', format: 'binary' },
  json: { type: 'string', contentEncoding: 'base64' },
};

/** Fields whose rule is code, in words of JSON Schema. */
function spell(schema: z.core.$ZodType, json: object, kind: 'form' | 'json'): void {
  const replace = (by: object) => {
    for (const key of Object.keys(json)) delete (json as Json)[key];
    Object.assign(json, by);
  };
  if (schema === picture) replace(PICTURE[kind]);
  if (schema === reference) {
    replace({ anyOf: [PICTURE[kind], { type: 'string', description: 'A template.' }] });
  }
  if (schema === token || schema === tokens || schema === exported) replace({ type: 'string' });
  if (schema === flag) replace({ type: 'boolean' });
  if (schema === top) replace({ type: 'integer', minimum: 1, maximum: MAX_TOP });
  if (schema === days) replace({ type: 'integer', minimum: 1, maximum: MAX_TEMPLATE_DAYS });
  if (schema === subject || schema === gallery) {
    const most = schema === subject ? MAX_SUBJECT_CHARACTERS : MAX_GALLERY_CHARACTERS;
    const pattern = `^(?!\\.{1,2}$)[A-Za-z0-9._~@:+-]{1,${most}}$`;
    replace({ type: 'string', pattern });
  }
}

function answers(operation: Operation): Json {
  const [status, ...schemas] = operation.success;
  const success: Json = { description: schemas.length > 0 ? 'The answer.' : 'Done.' };
  if (schemas.length > 0) {
    const names = schemas.map((schema) => NAMED.get(schema)?.id as string);
    const media = operation.media ?? 'application/json';
    success.content = { [media]: { schema: oneOf(names), ...examples(operation.sample, names) } };
  }
  const codes = errorsOf(operation);
  const statuses = new Set(codes.map((code) => wireOf(code).status));
  const failures = [...statuses].map((status) => [
    status,
    failure(codes.filter((code) => wireOf(code).status === status)),
  ]);
  return { [status]: success, ...Object.fromEntries(failures) };
}

/**
 * Answers of one operation. There is no discriminator: `kind` stands in two of them each, decided and
 * not, so it tells them apart only together with `same`.
 */
function oneOf(names: readonly string[]): Json {
  return names.length === 1 ? ref(names[0] as string) : { oneOf: names.map(ref) };
}

function examples({ answers = {} }: Sample = {}, names: readonly string[]): Json {
  if (names.length === 1) return { example: answers[names[0] as string] };
  return { examples: Object.fromEntries(names.map((name) => [name, { value: answers[name] }])) };
}

function failure(codes: readonly Code[]): Json {
  const retry = codes.some((code) => wireOf(code).retryAfter);
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    ...(retry ? { headers: { 'Retry-After': { schema: { type: 'integer' } } } } : {}),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [ref('Problem')],
          properties: { code: { enum: codes } },
          required: ['code'],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
      },
    },
  };
}

/** A problem as it is answered, with what its code means in place of its own detail. */
function problemExample(code: Code): Json {
  const { status, title } = wireOf(code);
  const detail = EXPLANATIONS[code].replaceAll('`', '');
  return { type: `/docs#${code}`, title, status, detail, code, requestId: '9f1c2b3a4d5e6f70-FRA' };
}

function components(): Json {
  const { schemas } = z.toJSONSchema(NAMED, {
    uri: (id) => `#/components/schemas/${id}`,
    unrepresentable: 'any',
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

function ref(id: string): Json {
  return { $ref: `#/components/schemas/${id}` };
}

/** The schema without what only one standing alone needs. */
function plain(schema: object): Json {
  const { $schema, $id, '~standard': _, ...rest } = schema as Json;
  return rest;
}

export interface Wire {
  readonly status: number;
  readonly title: string;
  readonly retryAfter: boolean;
}

/** Status, title and header of each code, asked of the one place that decides them. */
const WIRES: ReadonlyMap<Code, Wire> = new Map(
  await Promise.all(
    CODES.map(async (code): Promise<[Code, Wire]> => {
      const failure = { code, detail: '', allow: [], reasons: [], count: 2, retryAfterSeconds: 1 };
      const response = problem(failure as Failure, '');
      const { title } = (await response.json()) as { title: string };
      const retryAfter = response.headers.has('retry-after');
      return [code, { status: response.status, title, retryAfter }];
    }),
  ),
);

export function wireOf(code: Code): Wire {
  return WIRES.get(code) as Wire;
}
