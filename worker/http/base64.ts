/**
 * Base64 as it stands in a JSON string, decoded in place.
 *
 * In place, because the same picture as text, as a string and as bytes would be three times its
 * size. Forgiving as the Web is (WHATWG Infra, "forgiving-base64 decode"): blanks are skipped and
 * padding may be missing. JSON's own escapes are read too: PHP writes every `/` as `\/`.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BLANK = 64;
const PAD = 65;
const BAD = 255;

const MEANING = new Uint8Array(256).fill(BAD);
for (let i = 0; i < 64; i++) MEANING[ALPHABET.charCodeAt(i)] = i;
for (const blank of ' \t\n\f\r') MEANING[blank.charCodeAt(0)] = BLANK;
MEANING['='.charCodeAt(0)] = PAD;

const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DASH = 0x2d;
const LOW_LINE = 0x5f;

/** `data:image/jpeg;base64,` and what may stand in it; longer ones are no prefix. */
const MAX_PREFIX_BYTES = 128;
const PREFIX = /^data:[\w.+/\\;=-]*;base64$/i;

/** Reason that a text is not base64, as the end of a sentence that begins with the field's name. */
export type NotBase64 = string;

const NOT_BASE64 = 'is not a base64 string';
const BASE64URL = 'is base64url: send base64, which has `+` for `-` and `/` for `_`';
const DATA_URL =
  'is a data URL of another form than `data:image/jpeg;base64,...`: send that, or base64 alone';
const A_URL = 'is a URL: no picture is fetched from here, send the picture itself';

/**
 * Decodes `text` over itself.
 *
 * @param text the inside of a JSON string literal; overwritten
 * @returns the front part of the same memory, or why it is not base64
 */
export function decodeInPlace(text: Uint8Array): Uint8Array | NotBase64 {
  const start = afterPrefix(text);
  if (typeof start === 'string') return start;
  let at = start;
  let out = 0; // always behind `at`: four characters become three bytes
  let bits = 0;
  let count = 0;
  let pads = 0;
  while (at < text.length) {
    let byte = text[at++] as number;
    if (byte === BACKSLASH) {
      const escaped = unescapeJson(text, at);
      byte = escaped.byte;
      at = escaped.next;
    }
    const meaning = MEANING[byte] as number;
    if (meaning < 64) {
      if (pads > 0) return NOT_BASE64;
      bits = (bits << 6) | meaning;
      if (++count % 4 === 0) {
        text[out++] = bits >> 16;
        text[out++] = bits >> 8;
        text[out++] = bits;
        bits = 0;
      }
    } else if (meaning === PAD) pads++;
    else if (meaning === BAD) return byte === DASH || byte === LOW_LINE ? BASE64URL : NOT_BASE64;
  }
  const rest = count % 4;
  if (rest === 1 || (pads > 0 && rest + pads !== 4)) return NOT_BASE64;
  if (rest === 2) text[out++] = bits >> 4;
  if (rest === 3) {
    text[out++] = bits >> 10;
    text[out++] = bits >> 2;
  }
  return text.subarray(0, out);
}

/** Offset of the base64: behind a `data:` prefix (RFC 2397), where there is one. */
function afterPrefix(text: Uint8Array): number | NotBase64 {
  const head = new TextDecoder().decode(text.subarray(0, MAX_PREFIX_BYTES)).replaceAll('\\/', '/');
  if (/^https?:\/\//i.test(head)) return A_URL;
  if (!/^data:/i.test(head)) return 0;
  const comma = text.subarray(0, MAX_PREFIX_BYTES).indexOf(COMMA);
  const prefix = new TextDecoder().decode(text.subarray(0, Math.max(comma, 0)));
  return PREFIX.test(prefix) ? comma + 1 : DATA_URL;
}

const ESCAPES: Record<string, string> = { '/': '/', n: '\n', r: '\r', t: '\t', f: '\f' };

/** Value of a hexadecimal digit; of another character, more than any character has. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20; // small
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.POSITIVE_INFINITY;
}

/** The character of an escape (RFC 8259 section 7); 0, which is not base64, for others. */
function unescapeJson(text: Uint8Array, at: number): { byte: number; next: number } {
  const letter = String.fromCharCode(text[at] ?? 0);
  if (letter !== 'u') return { byte: ESCAPES[letter]?.charCodeAt(0) ?? 0, next: at + 1 };
  let unit = 0;
  for (let i = 1; i <= 4; i++) unit = unit * 16 + hexDigit(text[at + i]);
  return { byte: unit < 128 ? unit : 0, next: at + 5 };
}
