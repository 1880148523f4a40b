/** People of a folder of photos: who is trained on, and whether their pictures are enough. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { split } from '../dataset/identities.ts';
import { isPicture, openPictures } from '../dataset/pictures.ts';
import { Mistake } from '../mistake.ts';

/** Fewer people than this say nothing of a false-accept rate. */
const LEAST_PEOPLE = 40;

/** A recipe of the trainer, and how many crops a batch of it takes. */
export interface Batches {
  readonly recipe: string;
  readonly batch: number;
}

/** Files in `work`, a name a line. */
export interface HeldOut {
  readonly choose: string;
  readonly calibrate: string;
  /** File of the people of both lists, who are kept from training. */
  readonly heldOut: string;
}

/**
 * Lists of people in `work`: a tenth, at least 10, to validate on, a fifth to calibrate on, and
 * both, who are kept from training. By a hash of the name, so that more people later leave the
 * others where they were.
 *
 * @throws Mistake where people, or pictures of those who are left to train on, are too few
 */
export function holdOut(data: string, work: string, batches: Batches): HeldOut {
  const people = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const { length } = people;
  if (length < LEAST_PEOPLE) {
    throw new Mistake(
      `${data} has ${length} people's folders; training and measuring need ${LEAST_PEOPLE}.`,
    );
  }
  const { choose, calibrate } = split(people, [], {
    choose: Math.max(10, Math.floor(length / 10)),
    calibrate: Math.floor(length / 5),
  });
  const heldOut = [...choose, ...calibrate];
  requirePictures(data, people, heldOut, batches);
  mkdirSync(work, { recursive: true });
  const list = (name: string, names: readonly string[]) => {
    const file = join(work, name);
    writeFileSync(file, `${names.join('\n')}\n`);
    return file;
  };
  return {
    choose: list('choose.txt', choose),
    calibrate: list('calibrate.txt', calibrate),
    heldOut: list('held-out.txt', heldOut),
  };
}

function requirePictures(
  data: string,
  people: readonly string[],
  heldOut: readonly string[],
  { recipe, batch }: Batches,
): void {
  const kept = new Set(heldOut);
  const trained = people.filter((person) => !kept.has(person));
  const counts = trained.map(
    (person) => [...openPictures(join(data, person)).keys()].filter(isPicture).length,
  );
  const pictures = counts.reduce((sum, count) => sum + count, 0);
  if (pictures >= batch) return;
  const each = Math.ceil(batch / trained.length);
  throw new Mistake(
    `${data} has too few pictures: ${heldOut.length} of ${people.length} people are kept to measure on, ` +
      `the other ${trained.length} have ${pictures} pictures, and one batch of ${recipe} takes ${batch}. ` +
      `Add people, or pictures until each person has ${each} or more.`,
  );
}

/**
 * Checks what is left of the pictures: a crop a face that was found.
 *
 * @param pack folder that the tool `crops` wrote
 * @throws Mistake where the crops are fewer than a batch
 */
export function requireCrops(pack: string, { recipe, batch }: Batches): void {
  const { count } = JSON.parse(readFileSync(join(pack, 'pack.json'), 'utf8')) as { count: number };
  if (count >= batch) return;
  throw new Mistake(
    `A face was found in ${count} pictures to train on, and one batch of ${recipe} takes ${batch}. ` +
      `Add pictures or people, and remove ${pack} so that it is made anew.`,
  );
}
