/** The graph of imports between the files that git tracks, types and dynamic imports included. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^'\n]*)'/g;

/** Files by path, with the files that each imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(): ImportGraph {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  return new Map(
    files.split('\n').map((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const imports = [...text.matchAll(IMPORT)].map(([, path]) =>
        posix.join(posix.dirname(file), path as string),
      );
      return [file, imports];
    }),
  );
}

/**
 * Circles of a graph: sets of files each of which leads to all others of its set (strongly connected
 * components, Tarjan 1972).
 */
export function circles(graph: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    lowest.set(file, number);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!stack.includes(next)) continue;
      lowest.set(file, Math.min(lowest.get(file) as number, lowest.get(next) as number));
    }
    if (lowest.get(file) === number) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1 || graph.get(file)?.includes(file)) found.push(circle.sort());
    }
    return number;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
