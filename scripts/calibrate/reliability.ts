/**
 * Fits the measure of reliability and writes `model/reliability.json`: `npm run tool -- reliability --pictures
 * SOURCE --identities FILE --judged FILE`, on the people that limits are chosen on.
 *
 * A sample is a genuine pair by one network: the conditions of its first picture, and whether the pair is
 * accepted at 1e-3. The other people judge it: how far the promise holds, and what is gained where the
 * least reliable pictures are left out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import {
  type Conditions,
  type Regression,
  reliability,
  reliabilityFeatures,
} from '../../worker/face/quality/reliability.ts';
import { readList } from '../dataset/identities.ts';
import { type Labelled, PEOPLE_ARGS, PICTURES_ARG, picturesOfPeople } from '../dataset/people.ts';
import { defineTool, pattern } from '../define-tool.ts';
import {
  chooseRuntime,
  openModel,
  readCalibration,
  shippedModels,
} from '../engine/model-folder.ts';
import { MODEL_FOLDER } from '../engine/networks.ts';
import { embedAll, facesOf } from '../evaluate/embed-all.ts';
import { Mistake } from '../mistake.ts';
import { commandLine } from '../provenance.ts';
import { integer, percent, table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { logistic } from '../statistics/logistic.ts';

/** Rate that reliability is told for, and another that the table has. */
const FAR = 1e-3;
const RARE_FAR = 1e-4;

/** Penalty of the squared weights; 1 over scikit-learn's C. */
const PENALTY = 30;

/** Shares of the pictures that are left out, the least reliable ones. */
const DISCARDED = [0, 0.02, 0.05, 0.1, 0.2];

/** Bounds of the rows that promised and measured shares are held against each other in. */
const STEPS = [0, 0.5, 0.6, 0.7, 0.8, 0.85, 1];

/** A genuine pair, seen from one of its pictures. */
interface Pair {
  readonly one: number;
  readonly other: number;
  /** Distances by network. */
  readonly distances: readonly number[];
}

interface People {
  readonly conditions: readonly Conditions[];
  /** Each pair twice, once from either picture. */
  readonly pairs: readonly Pair[];
}

export default defineTool({
  name: 'reliability',
  description: 'Fit the measure of how far a picture can be trusted, and judge it on other people',
  args: {
    pictures: PICTURES_ARG,
    ...PEOPLE_ARGS,
    judged: {
      type: 'string',
      required: true,
      valueHint: 'file',
      description: 'People it is judged on, one a line; none of the others',
    },
    docs: {
      type: 'string',
      valueHint: 'file.md',
      description: 'Document whose block `reliability` is written',
    },
  },
  async run(args, { rawArgs }) {
    if (args.docs !== undefined) requireBlock(args.docs, 'reliability');
    const lists = [readList(args.identities), readList(args.judged)] as const;
    const both = lists[1]?.filter((name) => lists[0]?.includes(name)) ?? [];
    if (lists[0] === undefined || both.length > 0) {
      throw new Mistake('--identities and --judged have to name different people');
    }
    const person = pattern(args.person);
    const models = shippedModels().map(openModel);
    for (const model of models) chooseRuntime(model);
    const rates = [FAR, RARE_FAR].map((far) =>
      models.map((model) => thresholdOf(model.folder, far)),
    ) as [number[], number[]];
    const networks = models.map(({ network }) => network);
    const load = (only: readonly string[] | undefined) =>
      peopleOf(picturesOfPeople(args.pictures, { person, only }), networks);
    const taught = await load(lists[0]);
    const judged = await load(lists[1]);
    for (const [option, { pairs }] of [
      ['--identities', taught],
      ['--judged', judged],
    ] as const) {
      if (pairs.length > 0) continue;
      throw new Mistake(`${option}: the pictures that can be used make no pair of one person`);
    }
    const fitted = regression(taught, rates[0]);
    const file = { ...fitted, command: commandLine('reliability', rawArgs) };
    writeFileSync(new URL('reliability.json', MODEL_FOLDER), `${JSON.stringify(file)}\n`);
    const text = report(
      judged,
      judged.conditions.map((of) => reliability(of, fitted)),
      models.map(({ name }) => name),
      rates,
    );
    console.log(text);
    if (args.docs === undefined) return;
    writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'reliability', text));
  },
});

function thresholdOf(folder: string, far: number): number {
  const calibration = readCalibration(openModel(folder));
  const threshold = calibration && findRate(calibration, far)?.threshold;
  if (threshold === undefined) throw new Mistake(`${folder} is not calibrated at ${far}`);
  return threshold;
}

async function peopleOf(named: readonly Labelled[], networks: readonly string[]): Promise<People> {
  const places = new Map(named.map(({ file, place }) => [file, place]));
  const { views, qualities } = await embedAll(places, 'largest', networks);
  const embeddings = views.map(facesOf);
  const known = named.filter(({ file }) => qualities.has(file));
  const pairs = known.flatMap(({ file, person }, one) =>
    known.flatMap((second, other): Pair[] => {
      if (second.person !== person || other === one) return [];
      const distances = embeddings.map((of) =>
        squaredDistance(of.get(file) as Float32Array, of.get(second.file) as Float32Array),
      );
      return [{ one, other, distances }];
    }),
  );
  return { conditions: known.map(({ file }) => qualities.get(file) as Conditions), pairs };
}

function regression({ conditions, pairs }: People, thresholds: readonly number[]): Regression {
  const features = conditions.map(reliabilityFeatures);
  const samples = pairs.flatMap(({ one, distances }) =>
    distances.map((distance, k) => ({
      row: features[one] as Float32Array,
      accepted: distance <= (thresholds[k] as number),
    })),
  );
  const { bias, weights } = logistic(
    samples.map(({ row }) => row),
    samples.map(({ accepted }) => accepted),
    PENALTY,
  );
  const digits = (value: number) => Number(value.toPrecision(4));
  return { bias: digits(bias), weights: Array.from(weights, digits) };
}

function report(
  { conditions, pairs }: People,
  of: readonly number[],
  names: readonly string[],
  [usual, rare]: readonly [readonly number[], readonly number[]],
): string {
  const order = [...of].sort((a, b) => a - b);
  const accepted = (list: readonly Pair[], k: number, thresholds: readonly number[]) =>
    list.filter(({ distances }) => (distances[k] as number) <= (thresholds[k] as number)).length /
    list.length;
  const discard = DISCARDED.map((share) => {
    const least = order[Math.floor(share * order.length)] as number;
    const left = pairs.filter(
      ({ one, other }) => Math.min(of[one] as number, of[other] as number) >= least,
    );
    const cells = names.map((_, k) =>
      [usual, rare].map((thresholds) => percent(accepted(left, k, thresholds), 1)).join(', '),
    );
    return [
      share === 0 ? 'none' : percent(share, 0),
      share === 0 ? '' : least.toFixed(2),
      ...cells,
    ];
  });
  const steps = STEPS.slice(1).map((end, i) => {
    const start = STEPS[i] as number;
    const isIn = (one: number) => (of[one] as number) >= start && (of[one] as number) < end;
    const inside = of.filter((_, one) => isIn(one));
    const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
    const own = pairs.filter(({ one }) => isIn(one));
    const measured = names.map((_, k) => accepted(own, k, usual));
    const all = measured.reduce((sum, value) => sum + value, 0) / measured.length;
    return [
      `${start} to ${end}`,
      integer(inside.length),
      percent(mean, 0),
      percent(all, 0),
      ...measured.map((value) => percent(value, 0)),
    ];
  });
  return `${integer(conditions.length)} pictures of people that it was not fitted on. Genuine pairs accepted at ${FAR.toExponential(0)}, ${RARE_FAR.toExponential(0)}, where the least
reliable pictures are left out (error versus discard, ISO/IEC 29794-1):

${table(['left out', 'reliability below', ...names], discard)}

Promised and measured: shares of the genuine pairs of such a picture that are accepted at ${FAR.toExponential(0)}.

${table(['reliability', 'pictures', 'promised', 'measured', ...names], steps)}`;
}
