/**
 * Form of a request, whether it came as `multipart/form-data` or as `application/json`.
 *
 * A route's schema says which fields it has, and the route gets those and no others: an unknown
 * name is refused, since `FAR=0.0001` quietly ignored would be a wrong answer.
 */
import type * as z from 'zod/mini';
import type { Body } from '../api/schema/body.ts';
import { check } from '../api/schema/check.ts';
import { type Field, fieldOf, isToken } from '../api/schema/fields.ts';
import { Refusal } from '../errors.ts';
import {
  MAX_FORM_PARTS,
  MAX_TEXT_FIELD_BYTES,
  MAX_TOKEN_CHARACTERS,
  MAX_TOKENS_BYTES,
} from '../limits.ts';
import { decodeInPlace } from './base64.ts';
import { plainName } from './field-name.ts';
import { firstMember, parseJson } from './json.ts';
import { boundaryOf, firstPart, parseMultipart } from './multipart.ts';
import { refuseParameters } from './query.ts';

type Fields = ReadonlyMap<string, Field>;

/** Each name once; of a field that may come more than once, the values in their order. */
type Members = Map<string, unknown>;

/** The first field of a body of which only the beginning may be there. */
export interface FirstField {
  readonly name: string;
  readonly text: string;
}

/** Reader of a body of one media type. */
export interface BodyKind {
  /** Bytes of the whole that are taken. */
  readonly cap: number;
  read(bytes: Uint8Array, request: Request, fields: Fields, mostParts: number): Members;
  /** @returns undefined while it has not come whole, or where it is no text */
  first(head: Uint8Array, request: Request): FirstField | undefined;
}

/** The media types read here. */
const KINDS = [
  { kind: 'form', type: 'multipart/form-data', read: readMultipart, first: firstOfMultipart },
  { kind: 'json', type: 'application/json', read: readJson, first: firstMember },
] as const;

/**
 * Reads and checks a whole body. Its pictures are views of `bytes`.
 *
 * @throws Refusal `invalid_request` or `payload_too_large`, naming the field where one is at fault
 */
export function readForm(bytes: Uint8Array, request: Request, body: Body): Record<string, unknown> {
  const { read } = kindOf(request, body);
  const members = read(bytes, request, fieldsOf(body.schema), body.parts ?? MAX_FORM_PARTS);
  checkSizes(members, body.pictureCap);
  return check(body.schema, Object.fromEntries(members));
}

function fieldsOf({ shape }: z.ZodMiniObject): Fields {
  return new Map(
    Object.entries(shape).map(([name, schema]) => [name, fieldOf(schema as z.core.$ZodType)]),
  );
}

/** @throws Refusal `invalid_request` for a media type that is not read here */
export function kindOf(request: Request, { caps }: Body): BodyKind {
  refuseParameters(request.url, ': send it in the body');
  // RFC 9110 section 8.4: a coded body is not what its Content-Type says until it is decoded.
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    throw invalid('Content-Encoding is not read here: pictures are compressed as they are.');
  }
  const header = request.headers.get('content-type') ?? '';
  const type = header.split(';', 1)[0]?.trim().toLowerCase();
  const read = KINDS.filter(({ kind }) => caps[kind] !== undefined);
  const found = read.find((kind) => kind.type === type);
  const cap = found && caps[found.kind];
  if (found === undefined || cap === undefined) {
    const types = read.map((kind) => kind.type).join(' or ');
    throw invalid(`Send ${types}, and say so in Content-Type.`);
  }
  return { cap, read: found.read, first: found.first };
}

function firstOfMultipart(head: Uint8Array, request: Request): FirstField | undefined {
  const part = firstPart(head, boundaryOf(request.headers.get('content-type') ?? ''));
  return part && { name: part.name, text: new TextDecoder().decode(part.content).trim() };
}

function readMultipart(body: Uint8Array, request: Request, fields: Fields, most: number): Members {
  const members: Members = new Map();
  const boundary = boundaryOf(request.headers.get('content-type') ?? '');
  let parts = 0;
  for (const { name, isFile, content } of parseMultipart(body, boundary)) {
    if (++parts > most) throw invalid(`The form has more than ${most} parts.`);
    const field = knownField(name, fields);
    const value = isFile ? asFile(name, field, content) : asText(name, field, content, fields);
    const before = members.get(name);
    if (!field.many) {
      if (before !== undefined) throw invalid(`There is more than one \`${name}\`.`, name);
      members.set(name, value);
    } else if (Array.isArray(before)) before.push(value);
    else members.set(name, [value]);
  }
  return members;
}

function asFile(name: string, { kind }: Field, content: Uint8Array): Uint8Array {
  if (kind === 'picture' || kind === 'reference') return content;
  throw invalid(`\`${name}\` is a file: send it as text.`, name);
}

const TEXT_CAPS = {
  text: MAX_TEXT_FIELD_BYTES,
  token: MAX_TOKEN_CHARACTERS,
  reference: MAX_TOKEN_CHARACTERS,
  picture: MAX_TOKEN_CHARACTERS,
  tokens: MAX_TOKENS_BYTES,
} as const;

/** Marks of a file part: curl writes both for `-F probe=@photo.jpg`. */
const AS_A_FILE = 'send a picture with a file name, or with an image type as its Content-Type';

function asText(name: string, { kind }: Field, content: Uint8Array, fields: Fields): string {
  // No string of what is too long for its field: bytes that are no text become twice as many.
  const text =
    content.length <= TEXT_CAPS[kind] ? new TextDecoder().decode(content).trim() : undefined;
  const isTemplate = text !== undefined && isToken(text);
  if (kind === 'picture' && isTemplate) throw misplacedTemplate(name, fields);
  if (kind === 'picture') throw invalid(`\`${name}\` is text: ${AS_A_FILE}.`, name);
  if (kind === 'reference' && !isTemplate) {
    throw invalid(`\`${name}\` is text, and no template: ${AS_A_FILE}.`, name);
  }
  if (text === undefined) throw invalid(`\`${name}\` is too long.`, name);
  return text;
}

/** Refusal of a template in the place of a picture, which names the field that takes templates. */
function misplacedTemplate(name: string, fields: Fields): Refusal {
  const [place] =
    [...fields].find(([, { kind }]) => kind === 'reference' || kind === 'tokens') ?? [];
  const cure = place === undefined ? 'send a picture' : `templates go to \`${place}\``;
  return invalid(`\`${name}\` is a template: ${cure}.`, name);
}

function readJson(body: Uint8Array, _: Request, fields: Fields): Members {
  const members: Members = new Map();
  for (const [name, value] of parseJson(body)) {
    const field = knownField(name, fields);
    const values = (field.many && Array.isArray(value) ? value : [value]).map((value: unknown) =>
      fromJson(name, field, value, fields),
    );
    members.set(name, field.many ? values : values[0]);
  }
  return members;
}

/** A short string comes as such, a long one as the bytes between its quotes. */
function fromJson(
  name: string,
  { kind, nullable = false }: Field,
  value: unknown,
  fields: Fields,
): unknown {
  if (value === null && nullable) return value;
  if (value === null) throw invalid(`\`${name}\` is null: give it a value, or leave it out.`, name);
  const short = typeof value === 'string' ? value : shortText(value);
  if (kind === 'picture' && short && isToken(short)) throw misplacedTemplate(name, fields);
  if (kind === 'picture') return base64(name, value);
  if (kind === 'reference') return short && isToken(short) ? short : base64(name, value);
  if (kind === 'token' && short !== undefined) return short;
  if (kind === 'tokens' && Array.isArray(value)) {
    return value.map((word: unknown) =>
      word instanceof Uint8Array && word.length <= MAX_TOKEN_CHARACTERS ? unescaped(word) : word,
    );
  }
  if (kind === 'tokens' && value instanceof Uint8Array && value.length <= MAX_TOKENS_BYTES) {
    return unescaped(value);
  }
  if (value instanceof Uint8Array) throw invalid(`\`${name}\` is too long.`, name);
  return value; // of any type: the schema has the last word
}

/** The text of a string literal whose inside was taken out. */
function unescaped(inside: Uint8Array): unknown {
  try {
    return JSON.parse(`"${new TextDecoder().decode(inside)}"`);
  } catch {
    throw invalid('The body is not JSON.');
  }
}

/** The text of what could be a token, which has nothing in it that JSON escapes. */
function shortText(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array) || value.length > MAX_TOKEN_CHARACTERS) return undefined;
  return new TextDecoder().decode(value);
}

function base64(name: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) throw invalid(`\`${name}\` is not a base64 string.`, name);
  const picture = decodeInPlace(bytes);
  if (typeof picture === 'string') throw invalid(`\`${name}\` ${picture}.`, name);
  return picture;
}

function checkSizes(members: Members, cap: number): void {
  for (const [name, member] of members) {
    const values: unknown[] = Array.isArray(member) ? member : [member];
    for (const [i, value] of values.entries()) {
      if (!(value instanceof Uint8Array)) continue;
      const field = values.length > 1 ? `${name}[${i}]` : name;
      if (value.length === 0) throw invalid(`The picture \`${field}\` is empty.`, field);
      if (value.length > cap) {
        const detail = `The picture is larger than ${cap / 1024 / 1024} MiB.`;
        throw new Refusal({ code: 'payload_too_large', detail, field });
      }
    }
  }
}

function knownField(name: string, fields: Fields): Field {
  const field = fields.get(name);
  if (field) return field;
  const known = [...fields.keys()].map((name) => `\`${name}\``).join(', ');
  const plain = plainName(name);
  const which = plain === undefined ? 'There is a field that' : `\`${plain}\``;
  throw invalid(`${which} is not known here; known are ${known}.`, plain);
}

export function invalid(detail: string, field?: string): Refusal {
  return new Refusal({
    code: 'invalid_request',
    detail,
    ...(field === undefined ? {} : { field }),
  });
}
