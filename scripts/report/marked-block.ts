/**
 * Blocks of a document between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, written by a tool.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mistake } from '../define-tool.ts';

/**
 * Checks, before anything is measured, that a document has a place for it.
 *
 * @throws Mistake where it has not
 */
export function requireBlock(document: URL, name: string): void {
  const text = readFileSync(document, 'utf8');
  const begin = text.indexOf(`<!-- ${name}:begin -->`);
  if (begin >= 0 && text.indexOf(`<!-- ${name}:end -->`) > begin) return;
  throw new Mistake(
    `${basename(fileURLToPath(document))} has no place for it: <!-- ${name}:begin --> and <!-- ${name}:end -->`,
  );
}

/** @throws Error where the text has no such block */
export function replaceBlock(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no ${begin} … ${end} in the text`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
