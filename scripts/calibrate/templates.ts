/** Templates of labelled people, made as enrolment makes them, and what their distances mean. */
import type { Rate, TemplateOperatingPoints } from '../../worker/face/calibration.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import type { Embedding } from '../../worker/face/embed.ts';
import { areOnePerson } from '../../worker/face/enrol.ts';
import { dequantize, meanUnit, quantize } from '../../worker/face/template.ts';
import { bootstrapOver, type Comparisons, type Labelled } from '../statistics/all-pairs.ts';
import { clopperPearson } from '../statistics/intervals.ts';
import {
  countWithin,
  type Distances,
  shareWithin,
  sorted,
  thresholdAt,
} from '../statistics/metrics.ts';
import type { Beyond, CalibratedTemplates } from './calibration-file.ts';

/** Pictures of people, some of them good enough to enrol by. */
export interface Enrollable extends Labelled {
  readonly good: readonly boolean[];
}

/** Template sizes that get thresholds of their own: of five pictures one is left as a probe. */
const TEMPLATE_SIZES = [1, 2, 3, 4] as const;

export interface Person {
  readonly templates: readonly { readonly unit: Embedding; readonly of: ReadonlySet<number> }[];
  /** All pictures by number; undefined where refused. */
  readonly pictures: ReadonlyMap<number, Embedding | undefined>;
}

/** All templates of `size` pictures (`enrolAll`) against all other pictures. */
export class TemplateComparisons implements Comparisons {
  readonly people: number;
  readonly templates: number;
  readonly enrolled: number;
  readonly notOnePerson: number;
  private readonly persons: readonly Person[];

  constructor(set: Enrollable, size: number, onePerson: Rate) {
    const { persons, notOnePerson } = enrolAll(set, size, onePerson);
    this.persons = persons;
    this.people = this.persons.length;
    this.templates = this.persons.reduce((sum, { templates }) => sum + templates.length, 0);
    this.enrolled = this.persons.filter(({ templates }) => templates.length > 0).length;
    this.notOnePerson = notOnePerson;
  }

  visit(
    same: (person: number, distance: number) => void,
    different: (a: number, b: number, distance: number) => void,
  ): void {
    for (const [a, { templates }] of this.persons.entries()) {
      for (const { unit, of } of templates) {
        for (const [b, { pictures }] of this.persons.entries()) {
          for (const [i, probe] of pictures) {
            if (a !== b) {
              if (probe) different(a, b, squaredDistance(unit, probe));
            } else if (!of.has(i)) {
              same(a, probe ? squaredDistance(unit, probe) : Number.POSITIVE_INFINITY);
            }
          }
        }
      }
    }
  }

  impostorWeight(times: Uint16Array): number {
    let templates = 0;
    let probes = 0;
    let own = 0;
    for (const [k, person] of this.persons.entries()) {
      const drawn = times[k] as number;
      const answered = answeredOf(person);
      templates += drawn * person.templates.length;
      probes += drawn * answered;
      own += drawn * drawn * person.templates.length * answered;
    }
    return templates * probes - own;
  }

  distances(): { genuine: Distances; impostors: Distances } {
    const genuine: number[] = [];
    const count = this.impostorWeight(new Uint16Array(this.people).fill(1));
    const impostors = new Float64Array(count);
    let at = 0;
    this.visit(
      (_person, distance) => genuine.push(distance),
      (_a, _b, distance) => {
        impostors[at++] = distance;
      },
    );
    return { genuine: sorted(genuine), impostors: impostors.sort() };
  }
}

/**
 * Everybody's templates of `size` pictures. A person with k good pictures, more than `size`, gets k:
 * of every `size` that follow each other in a ring. A set that enrolment would not take for one
 * person makes none.
 */
export function enrolAll(
  set: Enrollable,
  size: number,
  onePerson: Rate,
): { persons: readonly Person[]; notOnePerson: number } {
  const pictures = new Map<string, Map<number, Embedding | undefined>>();
  for (const [i, person] of set.persons.entries()) {
    const own = pictures.get(person) ?? new Map<number, Embedding | undefined>();
    pictures.set(person, own.set(i, set.embeddings[i]));
  }
  let notOnePerson = 0;
  const persons = [...pictures.values()].map((own) => {
    const good = [...own].flatMap(([i, embedding]) =>
      embedding && set.good[i] ? [{ i, embedding }] : [],
    );
    const sets = rings(good, size);
    const agreeing = sets.filter((chosen) =>
      areOnePerson(
        chosen.map(({ embedding }) => embedding),
        onePerson,
      ),
    );
    notOnePerson += sets.length - agreeing.length;
    const templates = agreeing.map((chosen) => ({
      unit: stored(chosen.map(({ embedding }) => embedding)),
      of: new Set(chosen.map(({ i }) => i)),
    }));
    return { templates, pictures: own };
  });
  return { persons, notOnePerson };
}

/** Embedding of a template after sealing and opening. */
export function stored(embeddings: readonly Embedding[]): Embedding {
  return dequantize(quantize(meanUnit(embeddings)));
}

function answeredOf({ pictures }: Person): number {
  let count = 0;
  for (const probe of pictures.values()) if (probe) count++;
  return count;
}

function rings<T>(items: readonly T[], size: number): T[][] {
  if (items.length < size) return [];
  return Array.from({ length: items.length === size ? 1 : items.length }, (_, start) =>
    Array.from({ length: size }, (_, i) => items[(start + i) % items.length] as T),
  );
}

/**
 * Thresholds of templates by their number of pictures, as `calibrate` has them for pairs. Two
 * people are compared both ways, which is nearly one comparison: so a rate needs twice as many.
 *
 * @param onePerson the rate of pairs by which enrolment tells that pictures are of one person
 * @returns the sizes for which there are templates, probes and a rate
 */
export function calibrateTemplates(
  set: Enrollable,
  onePerson: Rate,
  fars: readonly number[],
  least: number,
): CalibratedTemplates[] {
  return TEMPLATE_SIZES.flatMap((pictures) => {
    const comparisons = new TemplateComparisons(set, pictures, onePerson);
    const { genuine, impostors } = comparisons.distances();
    const found = fars.flatMap((far) => {
      const at = thresholdAt(impostors, far);
      return at === undefined || at.pairs < 2 * least ? [] : [{ far, ...at }];
    });
    if (genuine.length === 0 || found.length === 0) return [];
    const thresholds = found.map(({ threshold }) => threshold);
    const uncertainty = bootstrapOver(comparisons, thresholds, impostors);
    return {
      pictures,
      people: comparisons.enrolled,
      templates: comparisons.templates,
      notOnePerson: comparisons.notOnePerson,
      genuinePairs: genuine.length,
      impostorPairs: impostors.length,
      largestImpostorDistance: impostors.at(-1) as number,
      rates: found.map(({ far, threshold, pairs }, i) => ({
        far,
        threshold,
        val: shareWithin(genuine, threshold),
        impostorPairs: pairs,
        ...(uncertainty[i] as (typeof uncertainty)[number]),
      })),
    };
  });
}

/** @returns undefined where nobody has so many good pictures */
export function measureBeyond(
  set: Enrollable,
  onePerson: Rate,
  pictures: number,
  scale: TemplateOperatingPoints,
): Beyond | undefined {
  const { impostors } = new TemplateComparisons(set, pictures, onePerson).distances();
  if (impostors.length === 0) return undefined;
  const rates = scale.rates.map(({ far, threshold }) => {
    const accepted = countWithin(impostors, threshold);
    return { far, accepted, interval: clopperPearson(accepted, impostors.length) };
  });
  return { pictures, impostorPairs: impostors.length, rates };
}
