/** Made-up people: unit vectors around a point each, for tests of what is computed from them. */
import type { Enrollable } from '../../../scripts/calibrate/template-comparisons.ts';
import type { Labelled } from '../../../scripts/statistics/all-pairs.ts';
import { random } from '../../../scripts/statistics/intervals.ts';

export function unit(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm);
}

/** @param spread of a person's pictures against that of people: 0 tells all apart */
export function people(count: number, pictures: number, spread: number, seed = 1): Labelled {
  const next = random(seed);
  const noise = () => Array.from({ length: 16 }, () => next() + next() + next() - 1.5);
  const embeddings: Float32Array[] = [];
  const persons: string[] = [];
  for (let person = 0; person < count; person++) {
    const centre = noise();
    for (let picture = 0; picture < pictures; picture++) {
      const off = noise();
      embeddings.push(unit(centre.map((value, k) => value + spread * (off[k] as number))));
      persons.push(`person${person}`);
    }
  }
  return { embeddings, persons };
}

/** The same people by embeddings as long as ours, every picture good enough to enrol by. */
export function enrollable(count: number, pictures: number, spread: number, seed = 1): Enrollable {
  const { embeddings, persons } = people(count, pictures, spread, seed);
  const long = embeddings.map((short) => {
    const vector = new Float32Array(128);
    if (short) vector.set(short);
    return vector;
  });
  return { embeddings: long, persons, good: persons.map(() => true) };
}

/** All distances by the obvious double loop. */
export function naivePairs({ embeddings, persons, weaknesses }: Labelled) {
  const genuine: number[] = [];
  const impostors: number[] = [];
  for (let i = 0; i < persons.length; i++) {
    for (let j = i + 1; j < persons.length; j++) {
      const [a, b] = [embeddings[i], embeddings[j]];
      const same = persons[i] === persons[j];
      let distance = Number.POSITIVE_INFINITY;
      const isShared = weaknesses?.[i]?.some((one) => weaknesses[j]?.includes(one)) ?? false;
      if (a && b && !isShared)
        distance = a.reduce((sum, x, k) => sum + (x - (b[k] as number)) ** 2, 0);
      else if (!same) continue;
      (same ? genuine : impostors).push(distance);
    }
  }
  return { genuine, impostors };
}
