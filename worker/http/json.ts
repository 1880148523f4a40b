/**
 * A JSON object with pictures in it, without making strings of the pictures.
 *
 * Long string literals are taken out of the text as bytes and replaced by a marker. The skeleton that is
 * left is small, has a bound of its own, and goes through `JSON.parse` as usual. So 28 MiB of base64
 * costs 28 MiB, and 28 MiB of `[[],[],...` costs a 400 rather than the isolate.
 */
import { Refusal } from '../errors.ts';
import { MAX_INLINE_JSON_STRING_BYTES, MAX_JSON_SKELETON_BYTES } from '../limits.ts';
import { plainName } from './field-name.ts';

/**
 * Long strings are the bytes between their quotes, still escaped, as views of the body. They are
 * found as members and in arrays that are members, and nowhere deeper.
 */
export type JsonMembers = Map<string, unknown>;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The members of the object that `body` is.
 *
 * @throws Refusal `invalid_request`
 */
export function parseJson(body: Uint8Array): JsonMembers {
  const { skeleton, extracted } = extract(body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(skeleton);
  } catch {
    throw malformed('The body is not JSON.'); // the parser's message quotes the body
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw malformed('The body is not a JSON object.');
  }
  const names = new Set<string>();
  for (const name of outermostNames(skeleton)) {
    // Which of two is meant nobody knows, and who looked at it before us may have read the other.
    if (names.has(name)) throw malformed('A member is in the body twice.', plainName(name));
    names.add(name);
  }
  const restored = (value: unknown) => (typeof value === 'string' && extracted.get(value)) || value;
  return new Map(
    Object.entries(parsed).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(restored) : restored(value),
    ]),
  );
}

/** Strings, brackets, and the colons between names and values. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Names of a JSON object's members, in their order; `JSON.parse` keeps the last of each. */
function* outermostNames(json: string): Generator<string> {
  let depth = 0;
  let text = '';
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token !== ':') text = token;
    else if (depth === 1) yield JSON.parse(text);
  }
}

/** A plain string at the very beginning: what has escapes in it is no token. */
const FIRST = /^\s*\{\s*"([\w-]+)"\s*:\s*"([^"\\]*)"/;

/** The first member, where it has come whole. @param head the beginning of a body */
export function firstMember(head: Uint8Array): { name: string; text: string } | undefined {
  const [, name, text] = FIRST.exec(new TextDecoder().decode(head)) ?? [];
  return name === undefined || text === undefined ? undefined : { name, text };
}

function extract(body: Uint8Array): { skeleton: string; extracted: Map<string, Uint8Array> } {
  // A marker must not be a string that the client could have sent: it begins with 64 random bits.
  const nonce = crypto.getRandomValues(new BigUint64Array(1))[0]?.toString(36);
  const extracted = new Map<string, Uint8Array>();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let skeleton = '';
  const keep = (from: number, to: number, more = '') => {
    if (skeleton.length + (to - from) > MAX_JSON_SKELETON_BYTES) throw tooMuch();
    try {
      skeleton += decoder.decode(body.subarray(from, to)) + more;
    } catch {
      throw malformed('The body is not UTF-8.');
    }
  };
  let kept = 0;
  for (let open = body.indexOf(QUOTE); open >= 0; ) {
    if (open - kept > MAX_JSON_SKELETON_BYTES) throw tooMuch();
    const close = closingQuote(body, open + 1);
    if (close - open - 1 > MAX_INLINE_JSON_STRING_BYTES) {
      const marker = `${nonce}/${extracted.size}`;
      keep(kept, open + 1, marker);
      extracted.set(marker, body.subarray(open + 1, close));
      kept = close;
    }
    open = body.indexOf(QUOTE, close + 1);
  }
  keep(kept, body.length);
  return { skeleton, extracted };
}

/** The next quote that is not escaped: with an even number of backslashes before it. */
function closingQuote(body: Uint8Array, from: number): number {
  for (let at = body.indexOf(QUOTE, from); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let start = at;
    while (start > from && body[start - 1] === BACKSLASH) start--;
    if ((at - start) % 2 === 0) return at;
  }
  throw malformed('The body is not JSON: a string does not end.');
}

function tooMuch(): Refusal {
  return malformed('The body has too much JSON beside the pictures.');
}

function malformed(detail: string, field?: string): Refusal {
  return new Refusal({ code: 'invalid_request', detail, ...(field !== undefined && { field }) });
}
