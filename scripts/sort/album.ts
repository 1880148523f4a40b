/** Album of a sorting: its faces and groups in files, so that it can be cut off and go on. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Box } from '../../worker/face/alignment/geometry.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import type { FloorFailure, Weakness } from '../../worker/face/quality/quality-floor.ts';
import { appendLine, fromBase64, openLines, toBase64 } from '../batch/json-lines.ts';
import { Mistake } from '../mistake.ts';
import type { Sorted } from './sorted.ts';

export interface AlbumFace {
  /** Picture, below the folder that is sorted, and number of the face in it. */
  readonly file: string;
  readonly face: number;
  readonly box: Box;
  readonly embedding: Embedding;
  /** Reasons why the face is below the quality floor, and so in no group. */
  readonly reasons: readonly FloorFailure[];
  readonly weaknesses: readonly Weakness[];
  /** Path of the thumbnail, below the album. */
  readonly thumbnail: string;
}

/** A picture is looked at again when this has changed. */
export type Stamp = `${number} ${number}`;

/** A line of `faces.jsonl`: a picture with its faces, or the code of its refusal. */
interface Line {
  readonly file: string;
  readonly stamp: Stamp;
  readonly code?: string;
  readonly faces?: readonly {
    readonly box: Box;
    readonly embedding: string;
    readonly reasons: readonly FloorFailure[];
    readonly weaknesses: readonly Weakness[];
    readonly thumbnail: string;
  }[];
}

/** True of a folder that holds an album. */
export const isAlbum = (folder: string): boolean =>
  [ABOUT, FACES].every((name) => existsSync(join(folder, name)));

const ABOUT = 'album.json';
const FACES = 'faces';
const GROUPS = 'groups.json';

/**
 * Pictures of somebody's in an album would be taken for its own from the next run on.
 *
 * @throws Mistake for a folder that holds something, and no album
 */
function requireAlbum(folder: string): void {
  if (!existsSync(folder) || isAlbum(folder)) return;
  const others = readdirSync(folder).filter((name) => name !== FACES && !name.startsWith('.'));
  if (others.length > 0) {
    throw new Mistake(`--out: ${folder} holds other files, and no album; name a new folder`);
  }
}

export class Album {
  readonly #lines = new Map<string, Line>();
  #thumbnails = 0;

  /**
   * @param model id of the network: embeddings of another cannot be compared with new ones
   * @throws Mistake for an album of another network, and for a folder that holds something else
   */
  constructor(
    readonly folder: string,
    model: string,
  ) {
    requireAlbum(folder);
    mkdirSync(join(folder, FACES), { recursive: true });
    if (!existsSync(join(folder, ABOUT))) this.write(ABOUT, `${JSON.stringify({ model })}\n`);
    const { model: before } = this.#read<{ model: string }>(ABOUT);
    if (before !== model) {
      throw new Mistake(
        `--out: ${folder} was made by ${before}, not by ${model}; name another folder, or the network by --model`,
      );
    }
    for (const line of openLines<Line>(this.#file)) {
      this.#lines.set(line.file, line);
      this.#thumbnails += line.faces?.length ?? 0;
    }
  }

  get #file(): string {
    return join(this.folder, 'faces.jsonl');
  }

  has(file: string, stamp: Stamp): boolean {
    return this.#lines.get(file)?.stamp === stamp;
  }

  /** Keeps what was found in a picture. */
  add(file: string, stamp: Stamp, found: Sorted): void {
    const line: Line =
      'code' in found
        ? { file, stamp, code: found.code }
        : {
            file,
            stamp,
            faces: found.faces.map(({ embedding, thumbnail, ...rest }) => {
              const path = `${FACES}/${String(++this.#thumbnails).padStart(6, '0')}.jpg`;
              writeFileSync(join(this.folder, path), thumbnail);
              return { ...rest, embedding: toBase64(embedding), thumbnail: path };
            }),
          };
    appendLine(this.#file, line);
    this.#lines.set(file, line);
  }

  /** Faces of these pictures, in their order. */
  faces(files: readonly string[]): AlbumFace[] {
    return files.flatMap((file) =>
      (this.#lines.get(file)?.faces ?? []).map((found, face) => ({
        file,
        face,
        ...found,
        embedding: fromBase64(found.embedding),
      })),
    );
  }

  /** Pictures among these without a usable face, and why. */
  refused(files: readonly string[]): { readonly file: string; readonly code: string }[] {
    return files.flatMap((file) => {
      const code = this.#lines.get(file)?.code;
      return code === undefined ? [] : [{ file, code }];
    });
  }

  /**
   * Groups of the run before, by the thumbnail of the face. People correct them by hand.
   *
   * @throws Mistake where one is no number of a group
   */
  readGroups(): ReadonlyMap<string, number> {
    if (!existsSync(join(this.folder, GROUPS))) return new Map();
    const groups = new Map(Object.entries(this.#read<Record<string, number>>(GROUPS)));
    for (const [thumbnail, group] of groups) {
      if (Number.isSafeInteger(group) && group > 0) continue;
      const file = join(this.folder, GROUPS);
      throw new Mistake(`${file}: the group of ${thumbnail} is no whole number from 1`);
    }
    return groups;
  }

  /** Those of them whose pictures are not among these: absent from a run, or not to be read in it. */
  groupsBeside(files: readonly string[]): ReadonlyMap<string, number> {
    const present = new Set(files);
    const groups = this.readGroups();
    const absent = [...this.#lines.values()].filter(({ file }) => !present.has(file));
    return new Map(
      absent
        .flatMap(({ faces = [] }) => faces)
        .flatMap(({ thumbnail }) => {
          const group = groups.get(thumbnail);
          return group === undefined ? [] : [[thumbnail, group] as const];
        }),
    );
  }

  writeGroups(groups: ReadonlyMap<string, number>): void {
    this.write(GROUPS, `${JSON.stringify(Object.fromEntries(groups), null, 1)}\n`);
  }

  #read<T extends object>(name: string): T {
    const file = join(this.folder, name);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as T;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Mistake(`${file}: ${error.message}; mend it, or delete it`);
    }
  }

  /** Writes a file of the album, whole or not at all. */
  write(name: string, text: string): void {
    const part = join(this.folder, `${name}.part`);
    writeFileSync(part, text);
    renameSync(part, join(this.folder, name));
  }
}
