/**
 * Blocks of a document between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, written by a tool.
 */
import { readFileSync } from 'node:fs';
import { Mistake } from '../mistake.ts';

/**
 * Checks, before anything is measured, that a document has a place for it.
 *
 * @throws Mistake where it has not
 */
export function requireBlock(document: URL | string, name: string): void {
  if (find(readFileSync(document, 'utf8'), name) !== undefined) return;
  const [begin, end] = marksOf(name);
  throw new Mistake(`${document} has no place for it: ${begin} and, behind it, ${end}`);
}

/** @throws Error where the text has no such block */
export function replaceBlock(text: string, name: string, content: string): string {
  const place = find(text, name);
  if (place === undefined) throw new Error(`no ${marksOf(name).join(' … ')} in the text`);
  return `${text.slice(0, place.from)}\n${content}\n${text.slice(place.to)}`;
}

const marksOf = (name: string) => [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`] as const;

/** Begin and end of what stands between the marks. */
function find(text: string, name: string): { from: number; to: number } | undefined {
  const [begin, end] = marksOf(name);
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  return from < 0 || to < from ? undefined : { from: from + begin.length, to };
}
