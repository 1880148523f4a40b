/** A list of pairs, judged by the embeddings of a pack's crops (`npm run tool -- teach`). */

import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { openPack, readNotes, readTeacher } from '../dataset/pack.ts';
import { readPairs } from '../dataset/pair-list.ts';
import { Mistake } from '../mistake.ts';
import { reportPairs, type SetReport } from './set-report.ts';

/** Rates to report: of LFW's 3,000 impostor pairs the last is three. */
const FARS = [1e-2, 1e-3] as const;

/**
 * @param name of `teacher-NAME.f32`, unit rows of `dimension` floats
 * @param list a list of pairs (`pair-list.ts`) of the files that the pack was made from, or of those in a folder
 *   there, as in LFW's archive; a pair without a crop is wrong in the accuracy and a non-match in VAL
 * @throws Mistake where the embeddings do not fit the pack, or the pack has no pair of the list
 */
export function judgePack(
  folder: string,
  name: string,
  dimension: number,
  list: string,
): SetReport {
  const pack = openPack(folder);
  const rows = readTeacher(pack, name, dimension);
  const listed = readPairs(list);
  const files = readNotes(folder).map(({ file }) => file);
  const above = folderOf(files, new Set(listed.map(({ reference }) => reference)));
  const embeddings = new Map(files.map((file, i) => [file, rows[i]]));
  const pairs = listed.map(({ same, fold, reference, probe }) => {
    const [a, b] = [embeddings.get(above + reference), embeddings.get(above + probe)];
    return { same, fold, distance: a && b ? squaredDistance(a, b) : undefined };
  });
  if (pairs.every(({ distance }) => distance === undefined)) {
    throw new Mistake(`${folder} has none of these pairs`);
  }
  return reportPairs(pairs, FARS, { set: folder, pictures: pack.count, refused: [], shipped: [] })
    .report;
}

/** Folder that a list's names begin in, with its slash: that of the first file which ends in one of them. */
function folderOf(files: readonly string[], names: ReadonlySet<string>): string {
  for (const file of files) {
    for (let from = 0; ; ) {
      if (names.has(file.slice(from))) return file.slice(0, from);
      const slash = file.indexOf('/', from);
      if (slash === -1) break;
      from = slash + 1;
    }
  }
  return '';
}
