/** Packs of aligned crops, as the tool `crops` writes them. */

import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from '../../worker/face/alignment/align.ts';
import { Mistake } from '../mistake.ts';

const PLANE = CROP_WIDTH * CROP_HEIGHT;

export interface Pack {
  readonly folder: string;
  readonly height: number;
  readonly width: number;
  readonly count: number;
}

/** @throws Mistake for a folder without a pack, or with one that was cut off */
export function openPack(folder: string): Pack {
  if (!existsSync(join(folder, 'pack.json'))) {
    throw new Mistake(
      `${folder} holds no pack, or one whose \`crops\` was cut off: run that again`,
    );
  }
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

/** A crop's line of `crops.jsonl`; more of it is written than is read here. */
export interface CropNote {
  readonly file: string;
  readonly person: string | null;
}

/** Notes on the crops, in their order. */
export function readNotes<Note extends CropNote = CropNote>(folder: string): Note[] {
  return readFileSync(join(folder, 'crops.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Note);
}

/**
 * A crop's planes (3 x 140 x 116) as pixels (140 x 116 x 3), the order in which packs keep them.
 */
export function interleaved(crop: Crop): Uint8Array {
  return crop.map((_, i) => crop[(i % 3) * PLANE + Math.floor(i / 3)] as number);
}

/** Pixels of a pack as the planes that networks take. */
export function planar(pixels: Uint8Array): Crop {
  return pixels.map((_, i) => pixels[3 * (i % PLANE) + Math.floor(i / PLANE)] as number);
}

/** Name of the embeddings of a network of `model/`, which a teacher may be called like. */
export function oursIn(model: string): string {
  return `ours-${model}`;
}

/**
 * Embeddings of a pack's crops by another network, in their order (`npm run tool -- teach`).
 * @param name of `teacher-NAME.f32`, rows of `dimension` floats
 * @throws Mistake where the file does not fit the pack
 */
export function readTeacher(pack: Pack, name: string, dimension: number): Float32Array[] {
  const bytes = readFileSync(join(pack.folder, `teacher-${name}.f32`));
  if (bytes.length !== pack.count * dimension * 4) {
    throw new Mistake(
      `${pack.folder}: teacher-${name}.f32 does not hold ${pack.count} rows of ${dimension}`,
    );
  }
  const rows = new Float32Array(Uint8Array.from(bytes).buffer);
  return Array.from({ length: pack.count }, (_, i) =>
    rows.subarray(i * dimension, (i + 1) * dimension),
  );
}
