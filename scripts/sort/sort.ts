/**
 * Pictures of a folder sorted by who is in them: `npm run tool -- sort --pictures FOLDER --out ALBUM`.
 *
 * Through the Worker's own pipeline and clustering. What was found stays in the album: a run that was
 * cut off goes on, and a later one looks at new pictures only and puts them to the groups there are.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, resolve, sep } from 'node:path';
import { findRate } from '../../worker/face/calibration.ts';
import { modelId } from '../../worker/face/model-id.ts';
import { FORMATS } from '../../worker/image/sniff.ts';
import { CLUSTER_FAR } from '../../worker/limits.ts';
import { Pool } from '../batch/pool.ts';
import { Progress } from '../batch/progress.ts';
import { defineTool, Mistake } from '../define-tool.ts';
import {
  chooseRuntime,
  finderSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { Album, WrongAlbum } from './album.ts';
import { assign } from './assign.ts';
import { describeOthers, type Picture, readFolder } from './folder.ts';
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
    const { pictures: found, others } = readFolder(pictures, out);
    const leftOut = describeOthers(others);
    if (found.size === 0) {
      throw new Mistake(`--pictures: no ${FORMATS} in ${pictures}${leftOut && `; ${leftOut}`}`);
    }
    const album = openAlbum(out, model);
    const unread = await look(found, album, model);

    // A picture that changed and cannot be read has no faces: those in the album are of its old version.
    const files = [...found.keys()].filter((name) => !unread.some(({ file }) => file === name));
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
      rate.threshold,
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
    const address = relative(resolve(out), resolve(pictures)).split(sep).join('/') || '.';
    album.write('groups.html', contactSheet(sorted, refused, address));
    const people = new Set(groups.filter((group) => group !== null)).size;
    const alone = groups.filter((group) => group === null).length;
    console.log(
      `${counted(found.size, 'picture')}, ${counted(faces.length, 'face')}: ` +
        `${counted(people, 'group')}, ${counted(alone, 'face')} like no other, ` +
        `${faces.length - decided.length} below the quality floor, ` +
        `${counted(refused.length, 'picture')} without a usable face\n` +
        `${leftOut && `${leftOut}\n`}${out}/groups.html`,
    );
  },
});

/** @throws Mistake for an album of another network */
function openAlbum(folder: string, model: ModelFolder): Album {
  try {
    return new Album(folder, idOf(model));
  } catch (error) {
    if (!(error instanceof WrongAlbum)) throw error;
    throw new Mistake(`--out: ${error.message}; name another folder, or the network by --model`);
  }
}

function idOf(model: ModelFolder): string {
  return modelId({ name: model.name, sha256: sha256(model.network), ...finderSha256() });
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
