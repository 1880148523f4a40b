/**
 * Trains the classifier of coverings and writes `model/occlusion.json`:
 * `npm run tool -- occlusion --pictures SOURCE --identities FILE`, on the people that limits are
 * chosen on. Masks and sunglasses are drawn on their photos (`coverings.ts`).
 *
 * Half of the people judge what the other half taught, so that each limit is set on pictures the
 * weights have not seen; then all teach, and the limit moves into the bias.
 */
import { writeFileSync } from 'node:fs';
import { logOdds } from '../../worker/face/quality/occlusion.ts';
import { readList } from '../dataset/identities.ts';
import { type Labelled, PEOPLE_ARGS, PICTURES_ARG, picturesOfPeople } from '../dataset/people.ts';
import { defineTool, pattern } from '../define-tool.ts';
import { MODEL_FOLDER } from '../engine/networks.ts';
import { Mistake } from '../mistake.ts';
import { commandLine } from '../provenance.ts';
import { degradeAll } from '../quality/degrade-all.ts';
import { DEGRADATIONS, isChanged } from '../quality/picture-degradations.ts';
import { integer, percent } from '../report/format.ts';
import { logistic } from '../statistics/logistic.ts';

/** Shares of pictures as they are that each may take for covered. */
const TARGETS = [
  { part: 'mouth', covering: 'mask', mistaken: 0.003 },
  { part: 'eyes', covering: 'sunglasses', mistaken: 0.025 },
] as const;

/** Penalty of the squared weights; 1 over scikit-learn's C. */
const PENALTY = 100;

interface Sample {
  readonly person: string;
  readonly coverings: readonly string[];
  readonly features: Float32Array;
}

export default defineTool({
  name: 'occlusion',
  description: 'Train the classifier of masks and sunglasses on photos of the choosing people',
  args: {
    pictures: PICTURES_ARG,
    ...PEOPLE_ARGS,
  },
  async run(args, { rawArgs }) {
    const only = readList(args.identities);
    const named = picturesOfPeople(args.pictures, { person: pattern(args.person), only });
    const samples = await samplesOf(named);
    const plain = samples.filter(({ coverings }) => coverings.length === 0);
    const people = new Set(plain.map(({ person }) => person)).size;
    if (people < 2) {
      throw new Mistake(
        `it takes faces of two people, each to judge by the other, not of ${people}`,
      );
    }
    console.log(`${integer(plain.length)} pictures as they are, ${integer(samples.length)} in all`);
    const classifiers = Object.fromEntries(
      TARGETS.map((target) => [target.part, classifier(samples, target)]),
    );
    const file = { ...classifiers, command: commandLine('occlusion', rawArgs) };
    writeFileSync(new URL('occlusion.json', MODEL_FOLDER), `${JSON.stringify(file)}\n`);
  },
});

async function samplesOf(named: readonly Labelled[]): Promise<Sample[]> {
  const kinds = DEGRADATIONS.filter((kind) => kind.coverings !== undefined || !isChanged(kind));
  const found = await degradeAll(named, kinds);
  return named.flatMap(({ file, person }) =>
    (found.get(file) ?? []).flatMap((result, i) =>
      'code' in result || result.features === undefined
        ? []
        : [{ person, coverings: kinds[i]?.coverings ?? [], features: result.features }],
    ),
  );
}

function classifier(
  samples: readonly Sample[],
  { part, covering, mistaken }: (typeof TARGETS)[number],
) {
  const isCovered = (sample: Sample) => sample.coverings.includes(covering);
  const people = [...new Set(samples.map(({ person }) => person))];
  const isFirstHalf = new Set(people.filter((_, i) => i % 2 === 0));
  const judged = [true, false].flatMap((half) => {
    const taught = samples.filter(({ person }) => isFirstHalf.has(person) === half);
    const others = samples.filter(({ person }) => isFirstHalf.has(person) !== half);
    const trained = train(taught, isCovered);
    return others.map((sample) => ({ sample, odds: logOdds(trained, sample.features) }));
  });
  const plain = judged
    .filter(({ sample }) => sample.coverings.length === 0)
    .map(({ odds }) => odds)
    .sort((a, b) => b - a);
  const at = Math.floor(mistaken * plain.length);
  const limit = ((plain[at] as number) + (plain[Math.max(0, at - 1)] as number)) / 2;
  const covered = judged.filter(({ sample }) => isCovered(sample));
  const seen = covered.filter(({ odds }) => odds > limit).length;
  const over = plain.filter((odds) => odds > limit).length;
  console.log(
    `${part}: ${percent(seen / covered.length, 1)} of ${integer(covered.length)} covered ones seen, ` +
      `${over} of ${integer(plain.length)} as they are taken for covered`,
  );
  const { bias, ...weights } = train(samples, isCovered);
  return { ...weights, bias: bias - limit };
}

/** Weights in 8 bits each, as `model/occlusion.json` has them. */
function train(samples: readonly Sample[], isCovered: (sample: Sample) => boolean) {
  const { bias, weights } = logistic(
    samples.map(({ features }) => features),
    samples.map(isCovered),
    PENALTY,
  );
  const scale = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  return { bias, scale, weights: Array.from(weights, (value) => Math.round(value / scale)) };
}
