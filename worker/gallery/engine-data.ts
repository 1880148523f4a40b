/**
 * Data of the two engines in the storage of a gallery's object, told apart without opening any: a
 * change of `GALLERY_ENGINE` leaves the data of the engine before it where they are.
 */

/** Prefix of the keys of pages, which the engine `embedded` stores. */
export const PAGE = 'page:';

/** True where there are pages of the engine `embedded`. */
export function hasPages({ kv }: DurableObjectStorage): boolean {
  return [...kv.list({ prefix: PAGE, limit: 1 })].length > 0;
}

/** True of tables of the engine `vectorize` that hold nobody any more, only deletions that are still to be ordered. */
export function awaitsDeletions(storage: DurableObjectStorage): boolean {
  if (!hasRegister(storage)) return false;
  return storage.sql.exec('SELECT 1 FROM subjects LIMIT 1').toArray().length === 0;
}

/** True where there are tables of the engine `vectorize`, which stay until the last vector's deletion is ordered. */
export function hasRegister({ sql }: DurableObjectStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'counts'").toArray().length > 0;
}
