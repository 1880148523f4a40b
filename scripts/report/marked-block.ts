/**
 * Blocks of a document between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, written by a tool.
 */

export function hasBlock(text: string, name: string): boolean {
  return text.includes(`<!-- ${name}:begin -->`);
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
