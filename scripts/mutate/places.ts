/**
 * Places of the checks in the source, found by what they say: files may move, lines may be wrapped
 * anew and local names may change without a word here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders whose code is searched. */
const FOLDERS = ['worker', 'client', 'examples', 'scripts/self-host'];

export interface Check {
  /**
   * Code of the check. White space in it is any or none, `$1` to `$9` are any names or paths of
   * names (`use.tenant`), the same one wherever the number is the same.
   */
  readonly check: string;
  /** Code in its place; it may have the names that `check` found. */
  readonly instead: string;
  /** Name that the check's file exports, where the code alone stands in several. */
  readonly of?: string;
}

export interface Place {
  /** Path of the file, from the root of the repository. */
  readonly file: string;
  /** The whole file with the check taken out. */
  readonly mutated: string;
}

/** Text of the TypeScript files that git tracks in some folders, by path. */
export function readSources(root: string, folders = FOLDERS): ReadonlyMap<string, string> {
  const globs = folders.map((folder) => `${folder}/*.ts`);
  const files = execFileSync('git', ['ls-files', ...globs], { cwd: root, encoding: 'utf8' });
  return new Map(
    files
      .split('\n')
      .filter(Boolean)
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );
}

/** @throws Error where the check does not stand in exactly one place */
export function findPlace(sources: ReadonlyMap<string, string>, check: Check): Place {
  const pattern = patternOf(check.check);
  const found = [...sources].flatMap(([file, text]) => {
    if (check.of !== undefined && !exports(text, check.of)) return [];
    return [...text.matchAll(pattern)].map((match) => ({ file, text, match }));
  });
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const where = found.map(({ file }) => file).join(', ') || 'nowhere';
    throw new Error(`stands ${where}, not in one place: ${check.check}`);
  }
  const { file, text, match } = only;
  const instead = check.instead.replace(/\$(\d)/g, (_, n) => match.groups?.[`n${n}`] ?? '');
  const end = match.index + match[0].length;
  return { file, mutated: text.slice(0, match.index) + instead + text.slice(end) };
}

function exports(text: string, name: string): boolean {
  return new RegExp(`^export (?:async )?(?:function|const|class) ${name}\\b`, 'm').test(text);
}

/** Words, strings, placeholders and single signs; white space between them is dropped. */
const TOKEN = /\$\d|[\w$]+|'[^']*'|"[^"]*"|`[^`]*`|[^\w\s]/g;

function patternOf(check: string): RegExp {
  const tokens = check.match(TOKEN) ?? [];
  const seen = new Set<string>();
  const parts = tokens.map((token) => {
    if (!/^\$\d$/.test(token)) return token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const name = `n${token.slice(1)}`;
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>[\\w.]+)`;
  });
  // A word must not begin or end in the middle of another.
  const before = /^[\w$]/.test(tokens[0] ?? '') ? '(?<![\\w$])' : '';
  const after = /[\w$]$/.test(tokens.at(-1) ?? '') ? '(?![\\w$])' : '';
  return new RegExp(`${before}${parts.join('\\s*')}${after}`, 'g');
}

/** Paths of the test files that git tracks. */
export function listTests(root: string): string[] {
  const files = execFileSync('git', ['ls-files', 'test/*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  return files.split('\n').filter(Boolean);
}

/** Those of some test files that are meant, each by its name or the end of its path without `.test.ts`. */
export function findTests(files: readonly string[], names: readonly string[]): string[] {
  return names.map((name) => {
    const ends = (suffix: string) =>
      files.filter((file) => `/${file}`.endsWith(`/${name}${suffix}.test.ts`));
    const fits = [ends(''), ends('.node'), ends('.e2e')].find(({ length }) => length > 0) ?? [];
    if (fits.length !== 1) throw new Error(`${fits.length} tests are called ${name}`);
    return fits[0] as string;
  });
}
