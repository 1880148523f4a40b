/** Files are short: one that grows past the bound has more than one noun in it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const MAX_CODE_LINES = 250;

const FOLDERS = ['client', 'examples', 'scripts', 'test', 'web', 'worker'];

const FILES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...FOLDERS], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|mjs|js|py)$/.test(file) && !file.startsWith('test/fixtures/'));

const COMMENTS = {
  ts: /^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*)[ \t]*$/gm,
  py: /^[ \t]*(?:[rbf]?"""[\s\S]*?"""|#.*)[ \t]*$/gm,
};

/** Lines that are neither blank nor comment: a comment behind code counts as code. */
function codeLines(text: string, comments: RegExp): number {
  return text.replaceAll(comments, '').match(/\S.*$/gm)?.length ?? 0;
}

describe('lines of code', () => {
  it.each([
    ['ts', "/** a\n * b */\nlet a = 1; // c\n\n  // d\nlet b = '//';\n", 2],
    ['py', '"""a\nb"""\nimport c\n\ndef f():\n    """d"""\n    # e\n    return 1\n', 3],
  ] as const)('are counted without comments in .%s', (kind, text, count) => {
    expect(codeLines(text, COMMENTS[kind])).toBe(count);
  });

  it(`are at most ${MAX_CODE_LINES} a file`, () => {
    const long = FILES.map((file): [string, number] => {
      const text = readFileSync(`${ROOT}${file}`, 'utf8');
      return [file, codeLines(text, file.endsWith('.py') ? COMMENTS.py : COMMENTS.ts)];
    }).filter(([, lines]) => lines > MAX_CODE_LINES);
    expect(FILES.length).toBeGreaterThan(300);
    expect(long).toEqual([]);
  });
});
