/** Age of a bundle: whether what it is made of has changed since. */
import { statSync } from 'node:fs';
import { sourceNewerThan, WEB_SOURCES } from '../deploy/sources.mjs';

/** Folders and files that a bundle is made of, from the project's root. */
const SOURCES = [...WEB_SOURCES, 'model', 'scripts/self-host', 'wrangler.toml'];

/** Files in these folders that no bundle has: documents, and measurements that the Worker does not tell of. */
const NO_SOURCE = /\.md$|^model\/.*\.svg$|\/(?:floor|grouping|identification)\.json$/;

/**
 * The first source that changed after a bundle was made, as an upgrade leaves it.
 *
 * @param root folder of the project
 * @param made a file of the bundle
 * @returns undefined where the bundle is of these sources
 */
export function sourceNewerThanBundle(root: string, made: string): string | undefined {
  const { mtimeMs } = statSync(made);
  return sourceNewerThan(root, SOURCES, mtimeMs, (file) => !NO_SOURCE.test(file));
}
