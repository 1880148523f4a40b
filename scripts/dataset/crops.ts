/**
 * A pack of aligned crops from a folder or archive of pictures, by the Worker's own detector,
 * landmarks and alignment: `npm run tool -- crops --from SOURCE --out PACK`.
 *
 * A pack is three files: `crops.u8` (N x 140 x 116 x 3 bytes, RGB), `crops.jsonl` (a line a crop:
 * its file, person, box, landmarks, confidence, orientation) and `pack.json` (shape, counts,
 * refusals by code). Pictures that show no usable face are listed in `refused.jsonl`; they never
 * stop the run. The work is done in shards on all cores; a run that was cut off goes on where it
 * stopped.
 */
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import { FACE_POLICIES, type FacePolicy } from '../../worker/face/detection/policy.ts';
import { inShards } from '../batch/shards.ts';
import { defineTool, pattern } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import type { CropJob, CropNotes, CropTask } from './crops-worker.ts';
import { readList } from './identities.ts';
import { isWanted, pictures } from './people.ts';

/** Files of a pack that other tools make of its crops: embeddings, maps, numbers left out; halves of them, too. */
const MADE_OF_CROPS =
  /^(?:pack\.json|teacher-.*\.(?:f32|part)|shards-.*|maps\.json|maps-.*\.i8|overlap\.txt)$/;

export default defineTool({
  name: 'crops',
  description: 'Make a pack of aligned crops',
  args: {
    from: {
      type: 'string',
      required: true,
      valueHint: 'source',
      description: 'Folder or tar of pictures, at any depth',
    },
    out: {
      type: 'string',
      required: true,
      valueHint: 'pack',
      description: 'Folder where the pack goes',
    },
    person: {
      type: 'string',
      valueHint: 'pattern',
      description:
        'Regular expression on the path below the source whose first group names the person; default: the folder that holds the picture, if there is one',
    },
    unlabelled: { type: 'boolean', default: false, description: 'No persons at all' },
    faces: {
      type: 'enum',
      options: [...FACE_POLICIES],
      default: 'largest',
      description: 'Which face of a picture',
    },
    only: {
      type: 'string',
      valueHint: 'file',
      description: 'Take only the pictures of the people listed, one a line',
    },
    without: { type: 'string', valueHint: 'file', description: 'Leave the people listed out' },
  },
  async run({ from, out, person, unlabelled, faces, only, without }) {
    const wanted = isWanted({
      only: only === undefined ? undefined : readList(only),
      without: without === undefined ? undefined : readList(without),
    });
    const jobs = pictures(from, pattern(person))
      .map((job) => (unlabelled ? { ...job, person: null } : job))
      .filter(({ person }) => (person === null ? only === undefined : wanted(person)));
    if (jobs.length === 0) throw new Mistake(`no pictures to take in ${from}`);
    await pack(jobs, out, faces as FacePolicy);
  },
});

async function pack(jobs: readonly CropJob[], out: string, faces: FacePolicy): Promise<void> {
  mkdirSync(out, { recursive: true });
  const file = (name: string) => join(out, name);
  // A pack is whole once it has pack.json; and what was made of crops is of those that were there before.
  const outdated = readdirSync(out).filter((name) => MADE_OF_CROPS.test(name));
  for (const name of outdated) rmSync(file(name), { recursive: true });
  for (const name of ['crops.u8', 'crops.jsonl', 'refused.jsonl']) writeFileSync(file(name), '');
  const refused: Record<string, number> = {};
  let count = 0;
  await inShards<CropJob, CropTask>(
    new URL('./crops-worker.ts', import.meta.url),
    file('shards'),
    jobs,
    'pictures',
    (shard) => ({ faces, jobs: shard }),
    ({ bytes, notes }) => {
      const lists = notes as CropNotes;
      appendFileSync(file('crops.u8'), bytes);
      appendFileSync(file('crops.jsonl'), lines(lists.faces));
      appendFileSync(file('refused.jsonl'), lines(lists.refused));
      count += lists.faces.length;
      for (const { code } of lists.refused) refused[code] = (refused[code] ?? 0) + 1;
    },
  );
  const summary = { height: CROP_HEIGHT, width: CROP_WIDTH, count, pictures: jobs.length, refused };
  writeFileSync(file('pack.json'), `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify(summary));
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
