/** Files of JSON, a value a line, that a run which is cut off leaves whole but for the last line. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Lines of a file; none where it does not exist. One that was cut off is left out, and closed. */
export function openLines<Line>(path: string): Line[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  return text.split('\n').flatMap((line) => parse<Line>(line));
}

/** Adds a line after those that `openLines` has read. */
export function appendLine(path: string, line: object): void {
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}

function parse<Line>(line: string): Line[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

/** Embedding as text: base64 of its 32-bit floats. */
export function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** @param text by `toBase64` */
export function fromBase64(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}
