/** Age of a bundle: whether what it is made of has changed since. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Folders and files that a bundle is made of, from the project's root. */
const SOURCES = [
  ...['worker', 'model', 'web', 'client', 'scripts/self-host', 'scripts/docs'],
  ...['wrangler.toml', 'package-lock.json'],
];

/** Files in these folders that no bundle has: documents, and measurements that the Worker does not tell of. */
const NO_SOURCE = /\.(?:md|svg)$|\/(?:floor|grouping|identification)\.json$/;

/**
 * The first source that changed after a bundle was made, as an upgrade leaves it.
 *
 * @param root folder of the project
 * @param made a file of the bundle
 * @returns undefined where the bundle is of these sources
 */
export function sourceNewerThan(root: string, made: string): string | undefined {
  const { mtimeMs } = statSync(made);
  return SOURCES.flatMap((source) => filesOf(root, source)).find(
    (file) => !NO_SOURCE.test(file) && statSync(join(root, file)).mtimeMs > mtimeMs,
  );
}

function filesOf(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => name !== 'dist')
    .flatMap((entry) => {
      const file = `${path}/${entry.name}`;
      if (entry.isDirectory()) return filesOf(root, file);
      return entry.isFile() ? [file] : [];
    });
}
