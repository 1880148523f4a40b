/**
 * What a request carries, whether it came as `multipart/form-data` or as `application/json`.
 *
 * A route says which pictures it needs and which options it knows, and gets those and no others:
 * an unknown name is refused, since `FAR=0.0001` quietly ignored would be a wrong answer.
 */
import { type Field, Refusal } from '../errors.ts';
import {
  MAX_JSON_REQUEST_BYTES,
  MAX_PICTURE_BYTES,
  MAX_REQUEST_BYTES,
  MAX_TEXT_FIELD_BYTES,
} from '../limits.ts';
import { decodeInPlace } from './base64.ts';
import { declaredBytes, readBody } from './body.ts';
import { parseJson } from './json.ts';
import { boundaryOf, parseMultipart } from './multipart.ts';

/** The names a route knows. Every picture is required, every option may be missing. */
export interface Shape<Picture extends string, Option extends string> {
  readonly pictures: readonly Picture[];
  readonly options: readonly Option[];
}

export interface Form<Picture extends string, Option extends string> {
  /** Views of one buffer, empty once the request is done: what is to last has to be copied. */
  readonly pictures: Readonly<Record<Picture, Uint8Array>>;
  readonly options: Readonly<Partial<Record<Option, string>>>;
}

/** Before it is known what they are worth: each name once, the values of the right kind. */
interface Draft {
  readonly pictures: Map<string, Uint8Array>;
  readonly options: Map<string, string>;
}

/** The media types read here, with the bytes a request of each may have. */
const KINDS = [
  { type: 'multipart/form-data', cap: MAX_REQUEST_BYTES, read: readMultipart },
  { type: 'application/json', cap: MAX_JSON_REQUEST_BYTES, read: readJson },
] as const;

/**
 * The most memory that reading this request can take.
 *
 * @throws Refusal `invalid_request` for a media type that is not read here
 */
export function bytesToHold(request: Request): number {
  const { cap } = kindOf(request);
  return Math.min(declaredBytes(request) ?? cap, cap);
}

/**
 * Reads and checks the request's body, and lends it to `use`.
 *
 * The memory is given back as soon as `use` is done, not when the collector comes by: after eight
 * requests of 20 MiB that is a peak some 40 MB lower. No picture outlives its request.
 *
 * @throws Refusal `invalid_request` or `payload_too_large`, naming the field where one is at fault
 */
export async function withForm<Picture extends string, Option extends string, Result>(
  request: Request,
  shape: Shape<Picture, Option>,
  use: (form: Form<Picture, Option>) => Promise<Result>,
): Promise<Result> {
  const { cap, read } = kindOf(request);
  const body = await readBody(request, cap);
  try {
    return await use(complete(read(body, request, shape), shape));
  } finally {
    body.buffer.transfer(0);
  }
}

function complete<Picture extends string, Option extends string>(
  { pictures, options }: Draft,
  shape: Shape<Picture, Option>,
): Form<Picture, Option> {
  for (const name of shape.pictures) {
    const bytes = pictures.get(name);
    if (!bytes) throw invalid(`The picture \`${name}\` is missing.`, name);
    if (bytes.length === 0) throw invalid(`The picture \`${name}\` is empty.`, name);
    if (bytes.length > MAX_PICTURE_BYTES) {
      const detail = `The picture is larger than ${MAX_PICTURE_BYTES / 1024 / 1024} MiB.`;
      throw new Refusal({ code: 'payload_too_large', detail, field: name });
    }
  }
  return {
    pictures: Object.fromEntries(pictures) as Record<Picture, Uint8Array>,
    options: Object.fromEntries(options) as Partial<Record<Option, string>>,
  };
}

function kindOf(request: Request): (typeof KINDS)[number] {
  // RFC 9110 section 8.4: a coded body is not what its Content-Type says until it is decoded.
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    throw invalid('Content-Encoding is not read here: pictures are compressed as they are.');
  }
  const header = request.headers.get('content-type') ?? '';
  const type = header.split(';', 1)[0]?.trim().toLowerCase();
  const kind = KINDS.find((kind) => kind.type === type);
  if (!kind) {
    throw invalid(
      `Send ${KINDS.map((kind) => kind.type).join(' or ')}, and say so in Content-Type.`,
    );
  }
  return kind;
}

function readMultipart(body: Uint8Array, request: Request, shape: Shape<string, string>): Draft {
  const draft: Draft = { pictures: new Map(), options: new Map() };
  const boundary = boundaryOf(request.headers.get('content-type') ?? '');
  for (const { name, isFile, content } of parseMultipart(body, boundary)) {
    if (draft.pictures.has(name) || draft.options.has(name)) {
      throw invalid(`There is more than one \`${name}\`.`, name);
    }
    if (shape.pictures.includes(name)) {
      if (!isFile) throw invalid(`\`${name}\` is text: send it as a file part.`, name);
      draft.pictures.set(name, content);
    } else if (shape.options.includes(name)) {
      if (isFile) throw invalid(`\`${name}\` is a file: send it as text.`, name);
      draft.options.set(name, text(name, content));
    } else throw unknown(name, shape);
  }
  return draft;
}

function readJson(body: Uint8Array, _: Request, shape: Shape<string, string>): Draft {
  const draft: Draft = { pictures: new Map(), options: new Map() };
  for (const [name, value] of parseJson(body)) {
    if (shape.pictures.includes(name)) draft.pictures.set(name, base64(name, value));
    else if (!shape.options.includes(name)) throw unknown(name, shape);
    else if (typeof value === 'string') draft.options.set(name, value);
    else if (typeof value === 'number') draft.options.set(name, String(value));
    else if (value instanceof Uint8Array) throw invalid(`\`${name}\` is too long.`, name);
    else throw invalid(`\`${name}\` is neither a string nor a number.`, name);
  }
  return draft;
}

function text(name: string, content: Uint8Array): string {
  if (content.length > MAX_TEXT_FIELD_BYTES) throw invalid(`\`${name}\` is too long.`, name);
  return new TextDecoder().decode(content).trim();
}

/** A short string comes as such, a long one as the bytes between its quotes. */
function base64(name: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  const picture = bytes instanceof Uint8Array ? decodeInPlace(bytes) : undefined;
  if (!picture) throw invalid(`\`${name}\` is not a base64 string.`, name);
  return picture;
}

function unknown(name: string, shape: Shape<string, string>): Refusal {
  const known = [...shape.pictures, ...shape.options].map((name) => `\`${name}\``).join(', ');
  // A client's own text is given back only where it is short and plain.
  const plain = /^[\w.-]{1,64}$/.test(name) ? name : undefined;
  return invalid(`There is a field that is not known here; known are ${known}.`, plain);
}

function invalid(detail: string, field?: Field): Refusal {
  return new Refusal({
    code: 'invalid_request',
    detail,
    ...(field === undefined ? {} : { field }),
  });
}
