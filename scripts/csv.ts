/** Tables of values between commas (RFC 4180). */
import { Mistake } from './mistake.ts';

/** A field as it stands between commas. */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A field and what ends it: a comma, a line's end, or the end of the text. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * Rows of fields; lines without anything are left out, and so is a byte order mark.
 *
 * @param name of the table, for what is said of it
 * @throws Mistake for a quote that stands alone
 */
export function readCsv(text: string, name: string): string[][] {
  const body = text.replace(/^\uFEFF/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < body.length || row.length > 0) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(body);
    if (found === null) {
      const line = body.slice(0, at).split('\n').length;
      throw new Mistake(`${name}: line ${line} has a quote that stands alone`);
    }
    at = FIELD.lastIndex;
    const [, inQuotes, plain, end] = found;
    row.push(inQuotes?.replaceAll('""', '"') ?? (plain as string));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
