/**
 * Turns a folder of pictures into a pack of aligned crops, by the Worker's own detector, landmarks
 * and alignment: `npm run crops -- --from FOLDER --out PACK`.
 *
 * A pack is three files: `crops.u8` (N x 140 x 116 x 3 bytes, RGB), `crops.jsonl` (a line a crop:
 * its file, person, box, landmarks, confidence, orientation) and `pack.json` (shape, counts,
 * refusals by code). Pictures that show no usable face are listed in `refused.jsonl`; they never
 * stop the run. The work is done in shards on all cores; a run that was cut off goes on where it
 * stopped.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import { inShards } from '../runtime/shards.ts';
import type { CropNotes, CropTask } from './crops-worker.ts';

const PICTURE = /\.(jpe?g|png|webp)$/i;

const USAGE = `npm run crops -- --from FOLDER --out PACK [options]

  --from FOLDER      pictures, at any depth
  --out PACK         where the pack goes
  --person PATTERN   regular expression on the path below FOLDER whose first group names the
                     person; default: the folder that holds the picture, if there is one
  --unlabelled       no persons at all
  --faces POLICY     dominant, one or largest (default)
  --only FILE        take only the pictures whose person is listed in FILE, one a line
  --without FILE     leave those out`;

interface Job {
  readonly file: string;
  readonly person: string | null;
}

function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      out: { type: 'string' },
      person: { type: 'string' },
      unlabelled: { type: 'boolean', default: false },
      faces: { type: 'string', default: 'largest' },
      only: { type: 'string' },
      without: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.from === undefined || values.out === undefined) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const pattern = values.person === undefined ? undefined : new RegExp(values.person);
  const only = values.only === undefined ? undefined : readList(values.only);
  const without = values.without === undefined ? undefined : readList(values.without);
  const jobs = pictures(values.from)
    .map((file) => ({ file, person: values.unlabelled ? null : personOf(file, pattern) }))
    .filter(({ person }) => only === undefined || (person !== null && only.has(person)))
    .filter(({ person }) => without === undefined || person === null || !without.has(person));
  return pack(jobs, values.from, values.out, values.faces);
}

function readList(file: string): Set<string> {
  return new Set(readFileSync(file, 'utf8').split(/\s+/).filter(Boolean));
}

/** Paths below `folder`, in one fixed order. */
function pictures(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => PICTURE.test(path))
    .map((path) => relative(folder, join(folder, path)))
    .sort();
}

function personOf(file: string, pattern: RegExp | undefined): string | null {
  if (pattern !== undefined) return pattern.exec(file)?.[1] ?? null;
  const folders = file.split(sep);
  return folders.length > 1 ? (folders.at(-2) as string) : null;
}

async function pack(jobs: readonly Job[], from: string, out: string, faces: string) {
  if (jobs.length === 0) throw new Error(`no pictures to take in ${from}`);
  mkdirSync(out, { recursive: true });
  const files = Object.fromEntries(
    ['crops.u8', 'crops.jsonl', 'refused.jsonl'].map((name) => [name, join(out, name)]),
  ) as Record<string, string>;
  for (const file of Object.values(files)) writeFileSync(file, '');
  const refused: Record<string, number> = {};
  let count = 0;
  await inShards<Job, CropTask>(
    new URL('./crops-worker.ts', import.meta.url),
    join(out, 'shards'),
    jobs,
    'pictures',
    (shard) => ({ from, faces, jobs: shard }),
    ({ bytes, notes }) => {
      const lists = notes as CropNotes;
      appendFileSync(files['crops.u8'] as string, bytes);
      appendFileSync(files['crops.jsonl'] as string, lines(lists.faces));
      appendFileSync(files['refused.jsonl'] as string, lines(lists.refused));
      count += lists.faces.length;
      for (const { code } of lists.refused) refused[code] = (refused[code] ?? 0) + 1;
    },
  );
  const summary = { height: CROP_HEIGHT, width: CROP_WIDTH, count, pictures: jobs.length, refused };
  writeFileSync(join(out, 'pack.json'), `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify(summary));
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

await main();
