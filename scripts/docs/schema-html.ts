/** JSON Schema as HTML: the fields of a request or an answer, each with its type and meaning. */

/** The parts of a JSON Schema that are shown. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly contentEncoding?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A list of fields, those of nested objects by their path. */
export function fieldList(schema: Schema): string {
  return `<dl class="fields">\n${fields(schema, '').join('\n')}\n</dl>`;
}

function fields({ properties = {}, required = [] }: Schema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const optional = required.includes(name) ? '' : ' <span class="optional">optional</span>';
    return [
      `<dt>${code(prefix + name)} <span class="type">${typeOf(schema)}</span>${optional}</dt>`,
      `<dd>${prose(schema.description ?? '')}</dd>`,
      ...fields(schema, `${prefix}${name}.`),
      ...(schema.items ? fields(schema.items, `${prefix}${name}[].`) : []),
    ];
  });
}

export function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, items, format, contentEncoding } = schema;
  if ($ref) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const alternatives = oneOf ?? anyOf;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (items) return `list of ${typeOf(items)}`;
  if (format === 'binary' || contentEncoding) return 'picture';
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.const !== undefined) return code(String(schema.const));
  const { minimum, maximum, type = 'anything' } = schema;
  const bounded = minimum !== undefined && maximum !== undefined && maximum < 1e6;
  return bounded ? `${type}, ${minimum} to ${maximum}` : type;
}

/** Characters of code that always fit a line, on the smallest phone too. */
const SHORT = 28;

/** Code; where it is long, a line may end in it where a reader would break it. */
export function code(source: string): string {
  const escaped = text(source);
  if (source.length <= SHORT) return `<code>${escaped}</code>`;
  return `<code>${escaped.replace(/([/._])(?=[^/._])/g, '$1<wbr>')}</code>`;
}

/** Text with code between backquotes. */
export function prose(source: string): string {
  return source
    .trim()
    .split('`')
    .map((part, i) => (i % 2 === 0 ? text(part) : code(part)))
    .join('');
}

export function text(source: string): string {
  return source
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
