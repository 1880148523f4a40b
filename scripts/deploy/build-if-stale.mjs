/**
 * A build of dist/web, unless it is newer than all it is made of. wrangler runs its build command
 * twice when it starts; in plain JavaScript the second time costs a tenth of a second.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = join(ROOT, 'dist/web.stamp');
/** The page and its client; the API that /docs and openapi.json describe; what builds them. */
const SOURCES = ['web', 'client', 'worker', 'scripts/docs', 'scripts/deploy', 'package-lock.json'];

const time = (path) => statSync(path).mtimeMs;

/** @returns {string[]} the files at or under a path, what was built left out */
function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== 'dist')
    .flatMap((name) => files(join(path, name)));
}

const isFresh = () =>
  existsSync(STAMP) &&
  existsSync(join(ROOT, 'dist/web/docs.html')) &&
  SOURCES.flatMap((source) => files(join(ROOT, source))).every((file) => time(file) < time(STAMP));

if (!isFresh()) {
  const started = new Date();
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  const tool = join(ROOT, 'scripts/tool.ts');
  const { status } = spawnSync(process.execPath, [tsx, tool, 'build'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  if (status === 0) {
    writeFileSync(STAMP, '');
    utimesSync(STAMP, started, started); // what changes during the build is newer
  }
}
