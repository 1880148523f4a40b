/** The documentation page at /docs: plain HTML of openapi.json, without a script or a CDN. */
import { EXPLANATIONS } from '../../worker/api/schema/problems.ts';
import { header } from './header.ts';
import { openapi, wireOf } from './openapi-document.ts';
import { code, fieldList, prose, type Schema, text, typeOf } from './schema-html.ts';

type Code = keyof typeof EXPLANATIONS;

/** The parts of an OpenAPI document that are shown. */
interface Document {
  readonly info: { readonly title: string; readonly summary: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly { name: string; description: string }[];
  readonly requestBody?: { description?: string; content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
  readonly 'x-codeSamples': readonly { readonly label: string; readonly source: string }[];
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** An operation with its address. */
interface Route {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export function docsPage(): string {
  const { info, tags, paths, components } = openapi() as unknown as Document;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = tags.map((tag) => ({
    ...tag,
    routes: routes.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
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
    <a class="skip" href="#main">Skip to the content</a>
    ${header('/docs')}
    <div class="docs">
      <nav class="contents" aria-label="Contents">
${groups.map(contents).join('\n')}
        <p><a href="#answers">Answers</a></p>
        <p><a href="#errors">Errors</a></p>
      </nav>
      <main id="main" tabindex="-1">
        <h1>API</h1>
        <p>${prose(`${info.summary}.`)}</p>
        <p>${prose(info.description)}</p>
        <p>The samples name a deployment <code>faces.example</code>; under <code>npm start</code> it is
          <code>http://localhost:8787</code>, and the key <code>visavis-dev</code>.</p>
${groups.map(group).join('\n')}
        <h2 id="answers">Answers</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => schemaSection(name, schema))
  .join('\n')}
        <h2 id="errors">Errors</h2>
        <p>${prose('Every failure is `application/problem+json`; `type` leads to its code below.')}</p>
        <dl class="errors">
${(Object.keys(EXPLANATIONS) as Code[]).map(error).join('\n')}
        </dl>
      </main>
    </div>
  </body>
</html>
`;
}

function contents({ name, routes }: { name: string; routes: readonly Route[] }): string {
  const items = routes.map(
    ({ method, path, operation }) =>
      `<li><a href="#${operation.operationId}"><span class="method">${method}</span> ${code(path)}</a></li>`,
  );
  return `        <p><a href="#tag-${name}">${name}</a></p>\n        <ul>${items.join('\n')}</ul>`;
}

type Group = { name: string; description: string; routes: readonly Route[] };

function group({ name, description, routes }: Group): string {
  return `        <h2 id="tag-${name}">${name}</h2>
        <p>${prose(description)}</p>
${routes.map(section).join('\n')}`;
}

function section({ path, method, operation }: Route): string {
  const { operationId, summary, description, parameters, responses } = operation;
  // Descriptions say so where a key needs a scope.
  const scoped = description?.includes('The key needs') ?? false;
  const keyed = operation.security.length > 0 ? 'With an API key.' : 'Without an API key.';
  return `        <section class="operation" aria-labelledby="${operationId}">
          <div>
            <h3 id="${operationId}">${prose(summary)}</h3>
            <p class="address"><span class="method">${method}</span> ${code(path)}</p>
            <p>${prose(description ?? '')} ${scoped ? '' : keyed}</p>
${(parameters ?? []).map(({ name, description }) => `            <p>${code(`{${name}}`)} ${prose(description)}</p>`).join('\n')}
${request(operation)}
            <h4>Answers</h4>
            <ul>
${Object.entries(responses)
  .map(([status, answer]) => `<li><code>${status}</code> ${answered(status, answer)}</li>`)
  .join('\n')}
            </ul>
          </div>
          <div class="samples">
${samples(operation)}
          </div>
        </section>`;
}

function request({ requestBody }: Operation): string {
  if (!requestBody) return '';
  const { description, content } = requestBody;
  const [[media, { schema }]] = Object.entries(content) as [[string, Media]];
  return `            <h4>Send ${code(media)}</h4>
            ${description ? `<p>${prose(description)}</p>` : ''}
${fieldList(schema)}`;
}

function samples({ operationId, responses, 'x-codeSamples': requests }: Operation): string {
  const figures = requests.map(({ label, source }) => figure(operationId, label, source));
  const success = Object.entries(responses).find(([status]) => status < '300')?.[1];
  const [media] = Object.values(success?.content ?? {});
  const answers = media?.examples ?? (media?.example ? { Answer: { value: media.example } } : {});
  for (const [name, { value }] of Object.entries(answers)) {
    figures.push(figure(operationId, name, JSON.stringify(value, null, 2)));
  }
  return figures.join('\n');
}

/** Blocks that are too wide or too long scroll by themselves, also by keyboard; the page does not. */
function figure(operation: string, label: string, source: string): string {
  return `<figure><figcaption>${text(label)}</figcaption>
<pre tabindex="0" role="region" aria-label="${text(operation)}, ${text(label)}"><code>${text(source)}</code></pre></figure>`;
}

function answered(status: string, { description, content }: Answer): string {
  if (status >= '400') {
    return [...description.matchAll(/`(\w+)`/g)].map(([, code]) => link(code as string)).join(', ');
  }
  const [media] = Object.values(content ?? {});
  return media ? typeOf(media.schema) : 'nothing';
}

function schemaSection(name: string, schema: Schema): string {
  return `        <section aria-labelledby="schema-${name}">
          <h3 id="schema-${name}">${name}</h3>
          ${schema.description ? `<p>${prose(schema.description)}</p>` : ''}
${fieldList(schema)}
        </section>`;
}

/** The anchor is the code itself: it is what `type` of a problem leads to. */
function error(name: Code): string {
  const { status, title } = wireOf(name);
  return `<dt id="${name}">${code(name)} ${status}: ${text(title)}</dt>
<dd>${prose(EXPLANATIONS[name])}</dd>`;
}

function link(name: string): string {
  return `<a href="#${name}">${code(name)}</a>`;
}
