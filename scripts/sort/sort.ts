/**
 * Pictures of a folder sorted by who is in them: `npm run tool -- sort --pictures FOLDER --out ALBUM`.
 *
 * Through the Worker's own pipeline and clustering. What was found stays in the album: a run that was
 * cut off goes on, and a later one looks at new pictures only and puts them to the groups there are.
 */
import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { modelId } from '../../worker/face/embedding/model-id.ts';
import { FORMATS } from '../../worker/image/sniff.ts';
import { CLUSTER_FAR } from '../../worker/limits.ts';
import { lock } from '../batch/lock.ts';
import { Pool } from '../batch/pool.ts';
import { Progress } from '../batch/progress.ts';
import { defineTool } from '../define-tool.ts';
import {
  chooseRuntime,
  faceModelSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { byCode } from '../evaluate/embed-all.ts';
import { Mistake } from '../mistake.ts';
import { codes } from '../report/format.ts';
import { Album } from './album.ts';
import { assign } from './assign.ts';
import { describeOthers, type Picture, readFolder, type SortedFolder } from './folder.ts';
import { contactSheet, counted, csv, type Unusable } from './sheet.ts';
import { type Sorted, type SortTask, UNREADABLE } from './sorted.ts';

export default defineTool({
  name: 'sort',
  description: 'Group the pictures of a folder by who is in them: a table and a contact sheet',
  args: {
    pictures: { type: 'string', required: true, valueHint: 'folder', description: 'Pictures' },
    out: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'Album: what was found, groups.csv and groups.html; runs go on where one ended',
    },
    far: {
      type: 'string',
      valueHint: 'rate',
      default: String(CLUSTER_FAR),
      description: 'Calibrated false-accept rate whose threshold groups are held to',
    },
    collages: {
      type: 'boolean',
      description: 'Pictures may show one person twice, as collages and mirrors do',
    },
    model: MODEL_ARG,
  },
  async run({ pictures, out, far, collages, model: name }) {
    const model = openModel(name);
    const calibration = readCalibration(model);
    const rate = calibration && findRate(calibration, far);
    if (!rate) {
      const rates = calibration?.rates.map((rate) => rate.far).join(', ') ?? 'none';
      throw new Mistake(`--far: ${name} is not calibrated at ${far}; rates: ${rates}`);
    }
    if (!statSync(pictures, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Mistake(`--pictures: no folder: ${pictures}`);
    }
    if (resolve(out) === resolve(pictures)) {
      throw new Mistake('--out: this is the folder of the pictures; name another, or one in it');
    }
    const folder = readFolder(pictures);
    if (folder.pictures.size === 0) {
      reportUnread(folder.unread);
      const leftOut = describeOthers(folder.others);
      throw new Mistake(`--pictures: no ${FORMATS} in ${pictures}${leftOut && `; ${leftOut}`}`);
    }
    mkdirSync(out, { recursive: true });
    const unlock = lock(join(out, '.lock'));
    try {
      const album = new Album(out, idOf(model));
      album.readGroups(); // a mistake in it is told before the work
      const unread = await look(folder.pictures, album, model);
      const address = relative(resolve(out), resolve(pictures)).split(sep).join('/') || '.';
      console.log(group(folder, album, unread, rate.threshold, collages ?? false, address));
      reportUnread([...folder.unread, ...unread.map(({ file }) => file)]);
    } finally {
      unlock();
    }
  },
});

/**
 * Groups the faces of an album, and writes them there.
 *
 * @param threshold mean squared L2 distance
 * @param collages a picture may show one person twice
 * @param address relative path of the pictures' folder, seen from the album
 * @returns what was found, in words
 */
function group(
  { pictures, others }: SortedFolder,
  album: Album,
  unread: readonly Unusable[],
  threshold: number,
  collages: boolean,
  address: string,
): string {
  // A picture that changed and cannot be read has no faces: those in the album are of its old version.
  const files = [...pictures.keys()].filter((name) => !unread.some(({ file }) => file === name));
  const faces = album.faces(files);
  const before = album.readGroups();
  const absent = album.groupsBeside(files);
  const decided = faces.filter(({ reasons }) => reasons.length === 0);
  console.error(`grouping ${counted(decided.length, 'face')}`); // thousands take some seconds
  const groups = assign(
    decided.map((face) => ({
      ...face,
      picture: collages ? undefined : face.file,
      group: before.get(face.thumbnail) ?? null,
    })),
    threshold,
    absent.values(),
  );
  const groupOf = new Map(decided.map((face, i) => [face, groups[i] ?? null]));
  const sorted = faces.map((face) => ({ ...face, group: groupOf.get(face) ?? null }));
  const refused = [...album.refused(files), ...unread];
  const present = sorted.flatMap(({ thumbnail, group }) =>
    group === null ? [] : [[thumbnail, group] as const],
  );
  album.writeGroups(new Map([...absent, ...present]));
  album.write('groups.csv', csv(sorted));
  album.write('groups.html', contactSheet(sorted, refused, address));
  const people = new Set(groups.filter((group) => group !== null)).size;
  const alone = groups.filter((group) => group === null).length;
  const leftOut = describeOthers(others);
  return (
    `${counted(pictures.size, 'picture')}, ${counted(faces.length, 'face')}: ` +
    `${counted(people, 'group')}, ${counted(alone, 'face')} like no other, ` +
    `${faces.length - decided.length} below the quality floor, ` +
    `${counted(refused.length, 'picture')} without a usable face${refused.length > 0 ? ` (${codes(byCode(refused))})` : ''}\n` +
    `${leftOut && `${leftOut}\n`}${join(album.folder, 'groups.html')}`
  );
}

/** Exit status 1 where not all was looked at: whoever goes on by it may lack a person. */
function reportUnread(names: readonly string[]): void {
  if (names.length === 0) return;
  const first = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  console.error(
    `${names.length === 1 ? '1 file or folder' : `${names.length} files or folders`} could not be read: ${first}. Run this again when they can be.`,
  );
  process.exitCode = 1;
}

function idOf(model: ModelFolder): string {
  return modelId({ name: model.name, sha256: sha256(model.network), ...faceModelSha256() });
}

/**
 * Finds the faces of pictures that the album does not know yet, or not as they are now.
 *
 * @returns files that could not be read; the next run tries them again
 */
async function look(
  pictures: ReadonlyMap<string, Picture>,
  album: Album,
  model: ModelFolder,
): Promise<Unusable[]> {
  const unseen = [...pictures].filter(([file, { stamp }]) => !album.has(file, stamp));
  if (unseen.length === 0) return [];
  chooseRuntime(model);
  const pool = new Pool<SortTask, Sorted>(
    new URL('./sort-worker.ts', import.meta.url),
    Math.min(availableParallelism(), unseen.length),
  );
  const progress = new Progress(pictures.size, 'pictures', pictures.size - unseen.length);
  const unread: Unusable[] = [];
  try {
    await pool.map(
      unseen,
      ([, { place }]) => ({ place, network: model.network }),
      ([file, { stamp }], result) => {
        if ('code' in result && result.code === UNREADABLE) unread.push({ file, code: UNREADABLE });
        else album.add(file, stamp, result);
        progress.add(1);
      },
    );
  } finally {
    await pool.close();
  }
  progress.end();
  return unread;
}
