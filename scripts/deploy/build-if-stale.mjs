/**
 * A build of dist/web, unless it is newer than all it is made of. wrangler runs its build command
 * twice when it starts; in plain JavaScript the second time costs a tenth of a second. It also runs
 * it once for every file that changes, which a checkout of another branch made dozens at once: so
 * one build runs at a time, and the others wait for what it makes.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sourceNewerThan, WEB_SOURCES } from './sources.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = join(ROOT, 'dist/web.stamp');
/** The process that builds, by its id. */
const LOCK = join(ROOT, 'dist/web.lock');
/** Age from which on a lock is left over: its process may have been given to another program. */
const LONGEST_BUILD_MS = 300_000;

const time = (path) => statSync(path).mtimeMs;

const isFresh = () =>
  existsSync(STAMP) &&
  existsSync(join(ROOT, 'dist/web/docs.html')) &&
  sourceNewerThan(ROOT, WEB_SOURCES, time(STAMP)) === undefined;

/** @returns {boolean} true when this process is now the one that builds */
function lock() {
  try {
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** A build runs. The lock of one that was killed is taken away. */
function isLocked() {
  try {
    if (isRunning(ownerOf(LOCK)) && Date.now() - time(LOCK) < LONGEST_BUILD_MS) return true;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return false;
  }
  rmSync(LOCK, { force: true });
  return false;
}

/** @returns {number} NaN while the lock is being written, or is gone again */
function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8') || Number.NaN);
  } catch {
    return Number.NaN;
  }
}

function isRunning(pid) {
  if (Number.isNaN(pid)) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function build() {
  const started = new Date();
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  const tool = join(ROOT, 'scripts/tool.ts');
  const { status } = spawnSync(process.execPath, [tsx, tool, 'build'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  if (status !== 0) return;
  writeFileSync(STAMP, '');
  utimesSync(STAMP, started, started); // what changes during the build is newer
}

const parent = process.ppid;
while (!isFresh()) {
  if (lock()) {
    try {
      if (!isFresh()) build();
    } finally {
      rmSync(LOCK, { force: true });
    }
    break;
  }
  // Only the lock is looked at: to compare all files costs as much as a part of the build.
  while (isLocked()) {
    await sleep(200);
    if (process.ppid !== parent) process.exit(1); // a wrangler that was killed waits for nothing
  }
}
