/** Pictures made worse, on all cores: what becomes of each. */
import { availableParallelism } from 'node:os';
import { Pool } from '../batch/pool.ts';
import { Progress } from '../batch/progress.ts';
import type { Place } from '../dataset/pictures.ts';
import type { Degraded, DegradeTask } from './degrade-worker.ts';

/**
 * Results by file, in the order of the kinds; a picture that shows no face as it is has none.
 *
 * @param networks files of embedding networks; without any there are features of coverings instead
 */
export async function degradeAll(
  pictures: readonly { readonly file: string; readonly place: Place }[],
  kinds: DegradeTask['kinds'],
  networks: readonly string[] = [],
): Promise<ReadonlyMap<string, readonly Degraded[]>> {
  const pool = new Pool<DegradeTask, Degraded[] | undefined>(
    new URL('./degrade-worker.ts', import.meta.url),
    availableParallelism(),
  );
  const progress = new Progress(pictures.length, 'pictures');
  const found = new Map<string, readonly Degraded[]>();
  try {
    await pool.map(
      pictures,
      ({ file, place }) => ({ file, place, kinds, networks }),
      ({ file }, results) => {
        progress.add(1);
        if (results !== undefined) found.set(file, results);
      },
    );
  } finally {
    await pool.close();
  }
  progress.end();
  return found;
}
