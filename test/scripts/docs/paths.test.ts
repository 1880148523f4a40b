/** Files that a document names are there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENTS = execFileSync('git', ['ls-files', '*.md', 'NOTICE'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== 'CHANGELOG.md');

/** Paths below the folders that are tracked, between white space or backquotes. */
const PATH =
  /(?<=[\s`(])(?:worker|client|web|examples|scripts|test|docs)\/[\w./-]*[\w/](?=[`\s),:;#]|\.(?:\s|$))/g;

it.each(DOCUMENTS)('%s names paths that are there', (document) => {
  const named = readFileSync(`${ROOT}${document}`, 'utf8').match(PATH) ?? [];
  expect(named.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});

it('are many', () => {
  const text = DOCUMENTS.map((document) => readFileSync(`${ROOT}${document}`, 'utf8')).join('\n');
  expect(text.match(PATH)?.length).toBeGreaterThan(50);
});
