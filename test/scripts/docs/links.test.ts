/** Links of documents lead to files that are there, and to headings that these have. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENTS = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n');

const LINK = /\]\(([^)\s]+)\)/g;

/** Text of a document without its blocks of code, in which nothing is a link or a heading. */
const textOf = (file: string) =>
  readFileSync(`${ROOT}${file}`, 'utf8').replace(/^```[\s\S]*?^```/gm, '');

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of textOf(file).matchAll(/^#+ +(.+)$/gm)) {
    const words = (heading as string).replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    for (let n = 0; ; n++) {
      const anchor = n === 0 ? slug : `${slug}-${n}`;
      if (anchors.has(anchor)) continue;
      anchors.add(anchor);
      break;
    }
  }
  return anchors;
}

function isBroken(document: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?];
  const file = path === '' ? document : posix.join(posix.dirname(document), path);
  if (!existsSync(`${ROOT}${file}`)) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
}

const linksOf = (document: string) =>
  [...textOf(document).matchAll(LINK)]
    .map(([, link]) => link as string)
    .filter((link) => !/^[a-z]+:/.test(link));

it.each(DOCUMENTS)('%s has no broken link', (document) => {
  expect(linksOf(document).filter((link) => isBroken(document, link))).toEqual([]);
});

it('are many, and a wrong one is told', () => {
  expect(DOCUMENTS.flatMap(linksOf).length).toBeGreaterThan(100);
  expect(isBroken('README.md', 'docs/login.md#keys')).toBe(false);
  expect(isBroken('README.md', 'docs/login.md#key')).toBe(true);
  expect(isBroken('docs/login.md', 'docs/login.md')).toBe(true);
});
