/**
 * Files of objects that have stored nothing. workerd makes one for each object that is asked, and leaves it where all
 * was deleted: whoever has a key could fill a disk by questions about people who are nowhere.
 */
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** File of an object, by its id. */
const OBJECT = /^[0-9a-f]{64}\.sqlite$/;

/** Start of a database, with its page size behind (sqlite.org/fileformat2.html, section 1.3). */
const MAGIC = 'SQLite format 3\0';

/**
 * Deletes such files, in every folder of a storage that no server uses. A file that a server had open when it was killed has
 * others beside it, and stays.
 */
export function deleteUnusedFiles(data: string): void {
  for (const entry of readdirSync(data, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(data, entry.name);
    const names = new Set(readdirSync(folder));
    for (const name of names) {
      if (!OBJECT.test(name) || names.has(`${name}-wal`) || names.has(`${name}-shm`)) continue;
      const file = join(folder, name);
      try {
        if (isEmpty(file)) rmSync(file);
      } catch {
        // A file that cannot be read stays: it keeps no server from starting.
      }
    }
  }
}

/** True of a database of one page: each table has one of its own besides. */
function isEmpty(file: string): boolean {
  const { size } = statSync(file);
  const head = Buffer.alloc(MAGIC.length + 2);
  const open = openSync(file, 'r');
  try {
    readSync(open, head);
  } finally {
    closeSync(open);
  }
  return head.toString('latin1', 0, MAGIC.length) === MAGIC && size === head.readUInt16BE(16);
}
