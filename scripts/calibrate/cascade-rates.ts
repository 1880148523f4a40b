/** Rates of a cascade. What its fast network decides depends on the rate that is asked for, so each rate has a scale of distances of its own. */
import {
  type CascadeOperatingPoints,
  type CascadeParameters,
  fastDecides,
  fuse,
} from '../../worker/face/decision/cascade.ts';
import { cropsDecide } from '../../worker/face/decision/early-exit.ts';
import { bootstrapOver, type Uncertainty } from '../statistics/all-pairs.ts';
import { type Distances, thresholdAt } from '../statistics/metrics.ts';
import { compareComparisons } from '../statistics/paired.ts';
import type { RecordedComparisons, Shares } from '../statistics/recorded-comparisons.ts';
import type { CalibratedCascadeRate, CascadeTemplates } from './cascade-file.ts';
import { FARS, ratesOf, withIntervals } from './thresholds.ts';

/** Rates at which a cascade is compared with the slow network. */
const COMPARED_FARS: readonly number[] = [1e-2, 1e-3, 1e-4, 1e-5];

/** The same comparisons by each network. */
export interface ByNetwork {
  readonly fast: RecordedComparisons;
  readonly slow: RecordedComparisons;
  /** Distances of the slow network's crops, where it is told for how many it embeds mirror images. */
  readonly crops?: RecordedComparisons;
}

/** Parameters of a cascade, for any rate. */
export type CascadeNetworks = Omit<CascadeOperatingPoints, 'rates'>;

/**
 * Rates for which there are enough comparisons, each measured with what is decided at it.
 *
 * @param least impostor comparisons that a rate rests on
 */
export function calibrateCascadeRates(
  { fast, slow, crops }: ByNetwork,
  networks: CascadeNetworks,
  least: number,
): Pick<CascadeTemplates, 'genuinePairs' | 'impostorPairs' | 'rates'> {
  const { genuine, impostors } = fast.distances();
  const rates = FARS.flatMap((far): CalibratedCascadeRate[] => {
    const near = nearAt(impostors, far, networks.rule.sameShare);
    const parameters = { ...networks, near };
    const both = fast.with(slow, (one, other) =>
      fastDecides(one, parameters) ? one : fuse(one, other, parameters),
    );
    const distances = both.distances();
    const scale = ratesOf(distances, FARS, least);
    const rate = scale.find((one) => one.far === far);
    if (rate === undefined) return [];
    const [interval] = bootstrapOver(both, [rate.threshold], distances.impostors);
    const [againstSlow] = COMPARED_FARS.includes(far) ? compareComparisons(slow, both, [far]) : [];
    return [
      {
        ...withIntervals(rate, interval as Uncertainty, genuine.length),
        near,
        scale: {
          rates: scale.map(({ far, threshold, val }) => ({ far, threshold, val })),
          largestImpostorDistance: distances.impostors.at(-1) as number,
        },
        deferred: fast.shares((distance) => !fastDecides(distance, parameters)),
        ...(crops && { mirrored: mirroredOf(fast, crops, parameters) }),
        ...(againstSlow && { againstSlow }),
      },
    ];
  });
  return { genuinePairs: genuine.length, impostorPairs: impostors.length, rates };
}

/**
 * Largest distance by the fast network at which its "same" is final. A threshold of few comparisons will do: it tells
 * what is deferred, and promises nothing. Where there are none so near, nothing but equal faces is.
 *
 * @param impostors distances of two people by the fast network, sorted
 */
export function nearAt(impostors: Distances, far: number, sameShare: number): number {
  return thresholdAt(impostors, far * sameShare)?.threshold ?? 0;
}

/** Shares of comparisons that are deferred and whose crops do not decide, so that mirror images are embedded. */
function mirroredOf(
  fast: RecordedComparisons,
  crops: RecordedComparisons,
  parameters: CascadeParameters,
): Shares {
  const { earlyExit: exit } = parameters.slow;
  const isMirrored = (distance: number, crop: number) =>
    !fastDecides(distance, parameters) && !(exit && cropsDecide(crop, exit));
  return fast
    .with(crops, (distance, crop) =>
      Number.isFinite(distance) ? Number(isMirrored(distance, crop)) : distance,
    )
    .shares((mirrored) => mirrored === 1);
}
