/**
 * Sources of what is built, and whether any has changed since. In JavaScript: `build-if-stale.mjs`
 * runs in Node alone, which takes no TypeScript before 22.18 and starts sooner than tsx.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Sources of dist/web: the page, its sample and its client; the API that /docs and openapi.json
 * describe; what builds them.
 *
 * @type {readonly string[]}
 */
export const WEB_SOURCES = [
  ...['web', 'examples/portrait.jpg', 'client', 'worker'],
  ...['scripts/docs', 'scripts/deploy', 'package-lock.json'],
];

/**
 * The first source that has changed since something was made.
 *
 * @param {string} root folder of the project
 * @param {readonly string[]} sources files and folders, from the root; a folder `dist` in one is left out
 * @param {number} made milliseconds of the epoch, as `mtimeMs`
 * @param {(file: string) => boolean} [isSource] tells files that count; by itself, all do
 * @returns {string | undefined} undefined where all are older
 */
export function sourceNewerThan(root, sources, made, isSource = () => true) {
  return sources
    .flatMap((source) => filesOf(root, source))
    .find((file) => isSource(file) && changedAt(join(root, file)) >= made);
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]} the files at or under a path, what was built left out
 */
function filesOf(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => name !== 'dist')
    .flatMap((entry) => {
      const file = `${path}/${entry.name}`;
      if (entry.isDirectory()) return filesOf(root, file);
      return entry.isFile() ? [file] : [];
    });
}

/**
 * @param {string} path
 * @returns {number} 0 for a file that is gone again, as while another branch is checked out
 */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
