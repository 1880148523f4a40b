/** Packs of aligned crops, as `npm run crops` writes them. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

export interface Pack {
  readonly folder: string;
  readonly height: number;
  readonly width: number;
  readonly count: number;
}

export function openPack(folder: string): Pack {
  const { height, width, count } = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'));
  return { folder, height, width, count };
}

/** Crops `from` .. `to` (exclusive) of a pack, one after another, each height x width x 3. */
export function readCrops(pack: Pack, from: number, to: number): Uint8Array {
  const size = pack.height * pack.width * 3;
  const out = new Uint8Array((to - from) * size);
  const file = openSync(join(pack.folder, 'crops.u8'), 'r');
  try {
    readSync(file, out, 0, out.length, from * size);
  } finally {
    closeSync(file);
  }
  return out;
}
