/**
 * Enrolment sittings, to choose by how far apart the pictures of one may be
 * (`ENROLMENT_FAR` in `worker/face/enrol.ts`): `npm run tool -- sittings CROPS`, on crops of
 * labelled people (`npm run tool -- crops`) that pass the gates of enrolment.
 *
 * For each number of pictures and rate: how many honest sittings are lost, and how many pass in
 * which one picture is of somebody else. The rule is enrolment's own: every pair has to lie within
 * the threshold of the rate.
 */

import type { FaceMeshResult } from '../../worker/face/alignment/facemesh.ts';
import type { Rate } from '../../worker/face/decision/calibration.ts';
import { type Embedding, embed } from '../../worker/face/embedding/embed.ts';
import { areOnePerson } from '../../worker/face/enrol.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { gateFailures } from '../../worker/face/quality/enrolment-gates.ts';
import { quality } from '../../worker/face/quality/quality.ts';
import { Progress } from '../batch/progress.ts';
import { openPack, planar, readCrops, readNotes } from '../dataset/pack.ts';
import { defineTool, expression } from '../define-tool.ts';
import { chooseRuntime, MODEL_ARG, openModel, readCalibration } from '../engine/model-folder.ts';
import { loadNetwork } from '../engine/networks.ts';
import { Mistake } from '../mistake.ts';
import { integer, percent, table } from '../report/format.ts';

const SIZES = [2, 3, 4, 5] as const;

interface Sitting {
  readonly who: number;
  readonly pictures: readonly Embedding[];
}

export default defineTool({
  name: 'sittings',
  description: 'Tell how far apart the pictures of one enrolment may be, to choose the rate by',
  args: {
    crops: { type: 'positional', required: true, description: 'Pack of crops of labelled people' },
    model: MODEL_ARG,
    only: {
      type: 'string',
      valueHint: 'pattern',
      default: '',
      description: 'Pictures whose file name this regular expression matches',
    },
  },
  async run(args) {
    const only = expression(args.only, 'only');
    const model = openModel(args.model);
    chooseRuntime(model);
    const rates = readCalibration(model)?.rates;
    if (rates === undefined) throw new Mistake(`${model.name} is not calibrated`);
    const network = await loadNetwork(model.network);
    const people = await embedGood(args.crops, only, network);
    const count = people.reduce((sum, pictures) => sum + pictures.length, 0);
    console.log(`${integer(count)} good pictures of ${integer(people.length)} people\n`);
    const rows = SIZES.flatMap((size) => {
      const sittings = people.flatMap((pictures, who) =>
        rings(pictures, size).map((of) => ({ who, pictures: of })),
      );
      return rates.map((rate) => [
        String(size),
        rate.far.toExponential(0),
        lost(sittings, rate),
        mixed(sittings, people, rate),
      ]);
    });
    console.log(
      table(['pictures', 'pairs at', 'honest sittings lost', 'of two people pass'], rows),
    );
  },
});

/** Sets of so many pictures that follow each other in a ring; where there are only so many, one. */
function rings(pictures: readonly Embedding[], size: number): Embedding[][] {
  const { length } = pictures;
  if (length < size) return [];
  return Array.from({ length: length === size ? 1 : length }, (_, start) =>
    Array.from({ length: size }, (_, i) => pictures[(start + i) % length] as Embedding),
  );
}

function lost(sittings: readonly Sitting[], rate: Rate): string {
  const count = sittings.filter(({ pictures }) => !areOnePerson(pictures, rate)).length;
  return sittings.length === 0
    ? '–'
    : `${percent(count / sittings.length, 1)} of ${integer(sittings.length)}`;
}

/** Every sitting with its last picture exchanged for each picture of everybody else. */
function mixed(sittings: readonly Sitting[], people: readonly Embedding[][], rate: Rate): string {
  let passing = 0;
  let count = 0;
  for (const { who, pictures } of sittings) {
    const own = pictures.slice(0, -1);
    const sound = areOnePerson(own, rate);
    for (const [other, strangers] of people.entries()) {
      if (other === who) continue;
      count += strangers.length;
      if (!sound) continue;
      passing += strangers.filter((stranger) => areOnePerson([stranger, ...own], rate)).length;
    }
  }
  return count === 0
    ? '–'
    : `${(passing / count).toExponential(1)} (${integer(passing)} of ${integer(count)})`;
}

/** The pictures of each person that are good enough to enrol by. */
async function embedGood(folder: string, only: RegExp, network: Embedder): Promise<Embedding[][]> {
  const pack = openPack(folder);
  const people = new Map<string, Embedding[]>();
  const progress = new Progress(pack.count, 'crops');
  const notes = readNotes<FaceMeshResult & { file: string; person: string | null }>(folder);
  for (const [i, face] of notes.entries()) {
    progress.add(1);
    if (face.person === null || !only.test(face.file)) continue;
    const crop = planar(readCrops(pack, i, i + 1));
    if (gateFailures(quality(face.box.width, crop, face.orientation)).length > 0) continue;
    const [embedding] = await embed(network, [crop]);
    people.set(face.person, [...(people.get(face.person) ?? []), embedding as Embedding]);
  }
  progress.end();
  return [...people.values()];
}
