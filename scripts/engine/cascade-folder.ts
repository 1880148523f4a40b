/** Cascades as they are shipped: a file each, of their thresholds and what is known about them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cascadeName } from '../../worker/face/decision/cascade.ts';
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import { deployedModel } from './model-folder.ts';
import { MODEL_FOLDER } from './networks.ts';

/** Folder of the cascades, a file `FAST+SLOW.json` each. */
export const CASCADE_FOLDER = new URL('cascades/', MODEL_FOLDER);

/** The cascades that were measured, the deployed one at the front. */
export function shippedCascades(folder = fileURLToPath(CASCADE_FOLDER)): CascadeFile[] {
  if (!existsSync(folder)) return [];
  const deployed = deployedModel();
  const isOther = (cascade: CascadeFile) => cascadeName(cascade) !== deployed;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as CascadeFile)
    .sort((a, b) => Number(isOther(a)) - Number(isOther(b)));
}
