/** Templates of labelled people, made as enrolment makes them, compared with all other pictures. */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { dequantize, meanUnit, quantize } from '../../worker/face/embedding/template.ts';
import { areOnePerson } from '../../worker/face/enrol.ts';
import { faceOf, type Views } from '../evaluate/views.ts';
import type { Comparisons, Distance, Labelled } from '../statistics/all-pairs.ts';
import { type Distances, sorted } from '../statistics/metrics.ts';
import type { Viewed } from './early-exit.ts';

/** Pictures of people, some of them good enough to enrol by. */
export interface Enrollable extends Labelled {
  readonly good: readonly boolean[];
  /** Views that the embeddings are from, where early exit is measured. */
  readonly views?: Viewed['views'];
  /** Embeddings by the fast network of a cascade, which stand before the others in its templates. */
  readonly fast?: Labelled['embeddings'];
}

export interface Person {
  readonly templates: readonly { readonly unit: Embedding; readonly of: ReadonlySet<number> }[];
  /** All pictures by number; undefined where refused. */
  readonly pictures: ReadonlyMap<number, Embedding | undefined>;
  /** Views of these, or their embeddings: templates are compared with them. */
  readonly probes: ReadonlyMap<number, Views | undefined>;
}

/** Distance of a template from a picture by full embeddings. */
const ofFaces: Distance = (template, views) => squaredDistance(template, faceOf(views));

/** All templates of `size` pictures (`enrolAll`) against all other pictures. */
export class TemplateComparisons implements Comparisons {
  readonly people: number;
  readonly templates: number;
  readonly enrolled: number;
  readonly notOnePerson: number;
  private readonly persons: readonly Person[];
  private readonly measure: Distance;

  /** @param measure distance of a template from a picture's views; default: of full embeddings */
  constructor(set: Enrollable, size: number, onePerson: Rate, measure: Distance = ofFaces) {
    this.measure = measure;
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
        for (const [b, { probes }] of this.persons.entries()) {
          for (const [i, probe] of probes) {
            if (a !== b) {
              if (probe) different(a, b, this.measure(unit, probe));
            } else if (!of.has(i)) {
              same(a, probe ? this.measure(unit, probe) : Number.POSITIVE_INFINITY);
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
    const agreeing = sets.filter((chosen) => areOnePerson(chosen.map(embeddingOf), onePerson));
    notOnePerson += sets.length - agreeing.length;
    const templates = agreeing.map((chosen) => ({
      unit: Float32Array.of(...storedFast(set, chosen), ...stored(chosen.map(embeddingOf))),
      of: new Set(chosen.map(({ i }) => i)),
    }));
    const probes = new Map([...own].map(([i, embedding]) => [i, set.views?.[i] ?? embedding]));
    return { templates, pictures: own, probes };
  });
  return { persons, notOnePerson };
}

interface Chosen {
  readonly i: number;
  readonly embedding: Embedding;
}

const embeddingOf = ({ embedding }: Chosen) => embedding;

/** The fast network's part of a template; empty outside of a cascade. */
function storedFast({ fast }: Enrollable, chosen: readonly Chosen[]): Embedding {
  if (fast === undefined) return new Float32Array();
  return stored(chosen.map(({ i }) => fast[i] as Embedding));
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
