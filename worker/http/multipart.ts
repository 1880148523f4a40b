/**
 * `multipart/form-data` (RFC 7578, in the syntax of RFC 2046 section 5.1), parsed in place.
 *
 * Not `request.formData()`: it holds the body a second time as files, has no bound on parts, and
 * answers every fault with the same exception. Here parts are views of the one buffer.
 */
import { Refusal } from '../errors.ts';
import { MAX_PART_HEADER_BYTES } from '../limits.ts';
import { plainName } from './field-name.ts';

export interface Part {
  readonly name: string;
  /** Tells a part that the client calls a file: it gave a file name, or the type of an image. */
  readonly isFile: boolean;
  readonly content: Uint8Array;
}

const CR = 13;
const LF = 10;
const DASH = 45;
const SPACE = 32;
const TAB = 9;

/** RFC 2046 section 5.1.1: 1 to 70 characters, quoted where they would end a token. */
const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))\s*(?:;|$)/i;

/** The boundary that a `Content-Type` header names. */
export function boundaryOf(contentType: string): string {
  const match = BOUNDARY.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed('its Content-Type names no boundary');
  return boundary;
}

/**
 * The parts of a body, in order.
 *
 * @throws Refusal `invalid_request`, when iteration comes to the fault
 */
export function* parseMultipart(body: Uint8Array, boundary: string): Generator<Part> {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  // The line break before the first delimiter is missing when there is no preamble.
  const opening = delimiter.subarray(2);
  let at = startsWith(body, opening, 0)
    ? opening.length
    : after(body, delimiter, 0, 'it does not contain its boundary');
  while (!(body[at] === DASH && body[at + 1] === DASH)) {
    at = skipLineEnd(body, at);
    const { header, end } = readHeader(body, at);
    // An empty part may have its delimiter's line break at the end of the header.
    const next = after(body, delimiter, end - 2, 'it ends before its closing boundary');
    const content = body.subarray(end, Math.max(end, next - delimiter.length));
    yield { ...describePart(header), content };
    at = next;
  }
}

/** The first part, where it has come whole. @param head the beginning of a body */
export function firstPart(head: Uint8Array, boundary: string): Part | undefined {
  try {
    return parseMultipart(head, boundary).next().value ?? undefined;
  } catch {
    return undefined; // malformed, or not all there yet: whoever reads on will see
  }
}

/** End of the first `needle` from `from` on. */
function after(body: Uint8Array, needle: Uint8Array, from: number, fault: string): number {
  for (let at = body.indexOf(CR, from); at >= 0; at = body.indexOf(CR, at + 1)) {
    if (startsWith(body, needle, at)) return at + needle.length;
  }
  throw malformed(fault);
}

function startsWith(body: Uint8Array, needle: Uint8Array, at: number): boolean {
  for (let i = 0; i < needle.length; i++) if (body[at + i] !== needle[i]) return false;
  return true;
}

/** RFC 2046 allows blanks between a boundary and its line break. */
function skipLineEnd(body: Uint8Array, at: number): number {
  let end = at;
  while (body[end] === SPACE || body[end] === TAB) end++;
  if (body[end] === LF) throw malformed('its lines end in LF alone, and have to end in CR LF');
  if (body[end] !== CR || body[end + 1] !== LF) throw malformed('a boundary does not end its line');
  return end + 2;
}

function readHeader(body: Uint8Array, from: number): { header: string; end: number } {
  const window = body.subarray(from, from + MAX_PART_HEADER_BYTES);
  for (let at = window.indexOf(CR); at >= 0; at = window.indexOf(CR, at + 1)) {
    if (window[at + 1] === LF && window[at + 2] === CR && window[at + 3] === LF) {
      const header = new TextDecoder().decode(window.subarray(0, at));
      return { header, end: from + at + 4 };
    }
  }
  throw malformed('the header lines of a part do not end');
}

/** Parameter of a disposition. In quotes it may be anything: a file name may have `; name=` in it. */
const PARAMETER = /;\s*([\w*-]+)=(?:"([^"]*)"|([^\s;"]*))/g;

/** Parameters of a `form-data` disposition (RFC 7578 section 4.2), in whatever order they stand. */
function parametersOf(disposition: string): ReadonlyMap<string, string> {
  if (!/^form-data\s*;/i.test(disposition)) return new Map();
  const all = [...disposition.matchAll(PARAMETER)].map(
    ([, name = '', quoted, plain = '']) => [name.toLowerCase(), quoted ?? plain] as const,
  );
  return new Map(all.reverse()); // of two the first counts
}

function describePart(header: string): { name: string; isFile: boolean } {
  const lines = header.split('\r\n');
  const parameters = parametersOf(value(lines, 'content-disposition') ?? '');
  const name = parameters.get('name');
  if (name === undefined) throw malformed('a part has no name');
  // RFC 7578 section 4.7: deprecated, and silently decoding it wrong would be worse than a no.
  const encoding = value(lines, 'content-transfer-encoding') ?? 'binary';
  if (!/^(?:binary|7bit|8bit)$/i.test(encoding)) {
    const detail = 'Content-Transfer-Encoding is not read here: send the bytes as they are.';
    const field = plainName(name);
    throw new Refusal({ code: 'invalid_request', detail, ...(field !== undefined && { field }) });
  }
  const isImage = /^image\//i.test(value(lines, 'content-type') ?? '');
  const hasFileName = parameters.has('filename') || parameters.has('filename*');
  return { name, isFile: isImage || hasFileName };
}

function value(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((line) => line.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

function malformed(fault: string): Refusal {
  const detail = `The body is not multipart/form-data: ${fault}.`;
  return new Refusal({ code: 'invalid_request', detail });
}
