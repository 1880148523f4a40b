/** Lock of files that one process at a time may change. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Mistake } from '../mistake.ts';

/**
 * Takes a lock: a file with the id of this process. One that a killed process left over is taken away.
 *
 * @returns what gives it back
 * @throws Mistake where another process has it
 */
export function lock(path: string): () => void {
  while (!take(path)) {
    const owner = ownerOf(path);
    if (owner !== undefined && isRunning(owner)) {
      throw new Mistake(
        `process ${owner} is at work here, by ${path}: wait for it, or delete that file if it is another program`,
      );
    }
    rmSync(path, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** @returns false where it is taken */
function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    rmSync(path, { force: true }); // without its content, as a full disk leaves it, it would stay for ever
    throw error;
  }
}

/** @returns undefined for a lock that is gone again */
function ownerOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** True of another process that runs; one in a container may have had the id that this one has. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
