/** The documentation page at /docs: plain HTML of openapi.json, without a script or a CDN. */
import { EXPLANATIONS } from '../../worker/api/schema/problems.ts';
import { openapi, wireOf } from './openapi-document.ts';

type Code = keyof typeof EXPLANATIONS;

/** The parts of a JSON Schema, and of an OpenAPI document, that are shown. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly { name: string; description: string }[];
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { schema: Schema }>>;
}

interface Document {
  readonly info: { readonly title: string; readonly summary: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export function docsPage(): string {
  const { info, paths, components } = openapi() as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${text(info.title)}: API</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/docs.css">
  </head>
  <body>
    <main>
      <h1>${text(info.title)}: API</h1>
      <p>${prose(`${info.summary}.`)}</p>
      <p>${prose(info.description)}</p>
      <p>As <a href="/openapi.json">OpenAPI 3.1</a>.</p>
      <nav aria-label="Contents">
        <ul>
${operations.map(({ path, method, operation }) => `          <li><a href="#${operation.operationId}"><code>${method.toUpperCase()} ${text(path)}</code></a> ${text(operation.summary)}</li>`).join('\n')}
          <li><a href="#answers">Answers</a></li>
          <li><a href="#errors">Errors</a></li>
        </ul>
      </nav>
${operations.map(({ path, method, operation }) => section(path, method, operation)).join('\n')}
      <h2 id="answers">Answers</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => schemaSection(name, schema))
  .join('\n')}
      <h2 id="errors">Errors</h2>
      <p>${prose('Every failure is `application/problem+json`; `type` leads to its code below.')}</p>
      <dl>
${(Object.keys(EXPLANATIONS) as Code[]).map(error).join('\n')}
      </dl>
    </main>
  </body>
</html>
`;
}

function section(path: string, method: string, operation: Operation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const schema = bodies[0]?.[1].schema;
  return `      <section aria-labelledby="${operationId}">
        <h2 id="${operationId}"><code>${method.toUpperCase()} ${text(path)}</code></h2>
        <p>${prose(`${summary}${summary.endsWith('?') ? '' : '.'} ${description ?? ''}`)}</p>
        <p>${operation.security.length > 0 ? 'With an API key.' : 'Without an API key.'}</p>
${(parameters ?? []).map(({ name, description }) => `        <p><code>{${name}}</code>: ${prose(description)}</p>`).join('\n')}
${schema ? `        <p>Send ${bodies.map(([media]) => `<code>${media}</code>`).join(' or ')}:</p>\n${table(schema)}` : ''}
        <p>Answers:</p>
        <ul>
${Object.entries(responses)
  .map(
    ([status, answer]) => `          <li><code>${status}</code> ${answered(status, answer)}</li>`,
  )
  .join('\n')}
        </ul>
      </section>`;
}

function answered(status: string, { description, content }: Answer): string {
  if (status >= '400') {
    return [...description.matchAll(/`(\w+)`/g)].map(([, code]) => link(code as string)).join(', ');
  }
  const [media] = Object.values(content ?? {});
  return media ? typeOf(media.schema) : 'nothing';
}

function schemaSection(name: string, schema: Schema): string {
  return `      <section aria-labelledby="schema-${name}">
        <h3 id="schema-${name}">${name}</h3>
${schema.description ? `        <p>${prose(schema.description)}</p>\n` : ''}${table(schema)}
      </section>`;
}

/** A wide table scrolls by itself, also by keyboard, and the page does not. */
function table(schema: Schema): string {
  return `        <div class="scroll" tabindex="0" role="group" aria-label="Fields">
          <table>
            <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">What it is</th></tr></thead>
            <tbody>
${rows(schema, '').join('\n')}
            </tbody>
          </table>
        </div>`;
}

function rows({ properties = {}, required = [] }: Schema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const notes = [required.includes(name) ? '' : 'Optional.', schema.description ?? ''];
    const cells = [`<code>${text(prefix + name)}</code>`, typeOf(schema), prose(notes.join(' '))];
    return [
      `              <tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
      ...rows(schema, `${prefix}${name}.`),
      ...(schema.items ? rows(schema.items, `${prefix}${name}[].`) : []),
    ];
  });
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, items, contentEncoding, contentMediaType } = schema;
  if ($ref) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ');
  if (items) return `list of ${typeOf(items)}`;
  if (contentMediaType || contentEncoding) return 'picture (in JSON: base64)';
  if (schema.enum) return schema.enum.map((value) => `<code>${text(value)}</code>`).join(', ');
  if (schema.const !== undefined) return `<code>${text(String(schema.const))}</code>`;
  const { minimum, maximum, type = 'anything' } = schema;
  const bounded = minimum !== undefined && maximum !== undefined && maximum < 1e6;
  return bounded ? `${type}, ${minimum} to ${maximum}` : type;
}

/** The anchor is the code itself: it is what `type` of a problem leads to. */
function error(code: Code): string {
  const { status, title } = wireOf(code);
  return `        <dt id="${code}"><code>${code}</code> ${status}: ${text(title)}</dt>
        <dd>${prose(EXPLANATIONS[code])}</dd>`;
}

function link(code: string): string {
  return `<a href="#${code}"><code>${code}</code></a>`;
}

/** Text with code between backquotes. */
function prose(source: string): string {
  return text(source.trim()).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function text(source: string): string {
  return source.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
