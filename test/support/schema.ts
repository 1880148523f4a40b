/** Holds answers against openapi.json: every test that calls the API is a test of its schemas. */
import { type Schema, Validator } from '@cfworker/json-schema';
import openapi from '../../worker/openapi.json';

interface Documented {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

const paths = Object.entries(openapi.paths).map(([template, methods]) => ({
  pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
  methods: methods as Readonly<Record<string, Documented>>,
}));

const validators = new Map<string, Validator>();

/**
 * @throws Error for an answer that openapi.json does not have: its status, its media type, or
 *   anything in its body
 */
export async function holdToSchema(
  method: string,
  path: string,
  response: Response,
): Promise<void> {
  const documented = paths.find(({ pattern }) => pattern.test(path));
  const operation = documented?.methods[method.toLowerCase()];
  const at = `${method} ${path}: ${response.status}`;
  if (operation === undefined) return holdProblem(at, response);
  const answer = operation.responses[response.status];
  if (answer === undefined) throw new Error(`${at}: not documented: ${await text(response)}`);
  const [expected] = Object.entries(answer.content ?? {});
  if (expected === undefined) {
    if ((await text(response)) !== '') throw new Error(`${at}: has a body`);
    return;
  }
  const [media, { schema }] = expected;
  const sent = response.headers.get('content-type');
  if (sent !== media) throw new Error(`${at}: is ${sent}, not ${media}`);
  validate(at, schema, await response.clone().json());
}

/** Problem that is answered where there is no operation, no page and no preflight. */
async function holdProblem(at: string, response: Response): Promise<void> {
  if (response.status < 400) return;
  const sent = response.headers.get('content-type');
  if (sent !== 'application/problem+json') throw new Error(`${at}: is ${sent}, no problem`);
  const body = await text(response);
  if (body !== '') validate(at, { $ref: '#/components/schemas/Problem' }, JSON.parse(body));
}

function validate(at: string, schema: Schema, value: unknown): void {
  const key = JSON.stringify(schema);
  const validator =
    validators.get(key) ??
    new Validator({ ...schema, components: openapi.components } as Schema, '2020-12', false);
  validators.set(key, validator);
  const { valid, errors } = validator.validate(value);
  if (!valid) throw new Error(`${at}: ${JSON.stringify(errors)} in ${JSON.stringify(value)}`);
}

const text = (response: Response) => response.clone().text();
