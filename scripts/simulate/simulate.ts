/**
 * Plays whole logins, honest ones of people the network has not seen, and attacks, and tells how
 * they ended: `npm run simulate -- --pictures FOLDER --docs docs/login.md`.
 *
 * There is no camera: a person's frames are rendered from one photo laid on a generic head
 * (`scripts/simulate/render.ts`), and go through the Worker's own pipeline and runtime as JPEGs of 640 x 480.
 * The template is made from other photos of the person.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { personOf, readList } from '../dataset/identities.ts';
import { isPicture, openPictures, type Place } from '../dataset/pictures.ts';
import { replaceBlock } from '../report/model-card.ts';
import { commandLine } from '../report/provenance.ts';
import { chooseRuntime, deployedModel, openModel } from '../runtime/model-folder.ts';
import { Pool } from '../runtime/pool.ts';
import { Progress } from '../runtime/progress.ts';
import { random } from '../statistics/intervals.ts';
import { ATTACKS, type Attack } from './scenes.ts';
import type { Ended, Inspected, SimulateTask } from './simulate-worker.ts';
import { type AttackRuns, simulationText } from './simulation-block.ts';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    person: { type: 'string' },
    identities: { type: 'string' },
    model: { type: 'string', default: deployedModel() },
    runs: { type: 'string', default: '240' },
    attacks: { type: 'string', default: '60' },
    data: { type: 'string' },
    docs: { type: 'string' },
  },
});
if (values.pictures === undefined) {
  console.log(`npm run simulate -- --pictures SOURCE [options]

  --pictures SOURCE   folder (or tar) of pictures whose paths tell the person
  --person PATTERN    regular expression whose first group names the person; default: the folder
  --identities FILE   only these people, one a line
  --model NAME        a folder of model/, or any folder with network.onnx (the one deployed)
  --runs N            honest logins (240)
  --attacks N         attempts of each attack (60)
  --data TEXT         what the pictures are, for the record
  --docs FILE         whose simulate block is refreshed, as docs/login.md`);
  process.exit(values.help ? 0 : 2);
}

/** Strictest first: LOGIN_FAR's default, and the loosest that a tenant may choose. */
const FARS = [1e-4, 1e-3];
/** Of one person: more would tell little that is new. */
const MOST_PICTURES = 5;
/** A template is made of as many as there are, up to this. */
const MOST_ENROLLED = 3;

interface Person {
  readonly live: Place;
  readonly enrolled: readonly Place[];
}

if (values.docs !== undefined) {
  replaceBlock(readFileSync(values.docs, 'utf8'), 'simulate', ''); // or it ends here, not in an hour
}
const model = openModel(values.model);
chooseRuntime(model);
const pool = new Pool<SimulateTask, Inspected | Ended>(
  new URL('./simulate-worker.ts', import.meta.url),
);
const common = { model: values.model, fars: FARS };
try {
  const runs = Number(values.runs);
  const attempts = Number(values.attacks);
  const people = await choosePeople(candidates(values.pictures), Math.ceil(runs / 2));
  if (people.length < 2) throw new Error('nobody has a frontal photo and another to enrol by');
  const honest = await playHonest(people, runs);
  const attacks: AttackRuns[] = [];
  for (const attack of Object.keys(ATTACKS) as Attack[]) {
    attacks.push(await playAttack(people, attack, attempts));
  }
  const text = simulationText({
    honest,
    attacks,
    fars: FARS,
    people: people.length,
    model: model.name,
    data: values.data ?? basename(values.pictures),
    command: commandLine('simulate', process.argv.slice(2)),
  });
  console.log(text);
  if (values.docs !== undefined) {
    const docs = readFileSync(values.docs, 'utf8');
    writeFileSync(values.docs, replaceBlock(docs, 'simulate', text));
  }
} finally {
  await pool.close();
}

/** People with two pictures or more, in an order that is the same in each run. */
function candidates(source: string): Place[][] {
  const only = values.identities === undefined ? undefined : new Set(readList(values.identities));
  const pattern = values.person === undefined ? undefined : new RegExp(values.person);
  const people = new Map<string, Place[]>();
  for (const [name, place] of openPictures(source)) {
    const person = isPicture(name) ? personOf(name, pattern) : undefined;
    if (person === undefined || (only !== undefined && !only.has(person))) continue;
    people.set(person, [...(people.get(person) ?? []), place]);
  }
  const next = random(1);
  return [...people.values()]
    .filter((places) => places.length > 1)
    .map((places) => ({ places: places.slice(0, MOST_PICTURES), key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ places }) => places);
}

/** Looks through the candidates until there are enough who can be shown and enrolled. */
async function choosePeople(all: readonly Place[][], enough: number): Promise<Person[]> {
  const found: (Person | undefined)[] = [];
  let count = 0;
  const progress = new Progress(enough, 'people');
  for (let at = 0; at < all.length && count < enough; at += 16) {
    const some = all.slice(at, at + 16);
    await pool.map(
      some.map((_, i) => i),
      (i) => ({ ...common, seed: 0, kind: 'inspect', pictures: some[i] as Place[] }),
      (i, result) => {
        const person = personFrom(some[i] as Place[], result as Inspected);
        found[at + i] = person;
        if (person !== undefined) {
          count++;
          progress.add(1);
        }
      },
    );
  }
  progress.end();
  return found.filter((person) => person !== undefined).slice(0, enough);
}

function personFrom(places: readonly Place[], { live, enrols }: Inspected): Person | undefined {
  const at = live.indexOf(true);
  const enrolled = places.filter((_, i) => i !== at && enrols[i]).slice(0, MOST_ENROLLED);
  if (at < 0 || enrolled.length === 0) return undefined;
  return { live: places[at] as Place, enrolled };
}

async function playHonest(people: readonly Person[], runs: number): Promise<Ended[]> {
  const ended: Ended[] = [];
  const progress = new Progress(runs, 'honest logins');
  await pool.map(
    Array.from({ length: runs }, (_, i) => i),
    (i) => {
      const { live, enrolled } = people[i % people.length] as Person;
      return { ...common, seed: 1000 + i, kind: 'honest', live, enrolled };
    },
    (_, result) => {
      ended.push(result as Ended);
      progress.add(1);
    },
  );
  progress.end();
  return ended;
}

async function playAttack(
  people: readonly Person[],
  attack: Attack,
  attempts: number,
): Promise<AttackRuns> {
  const ended: Ended[] = [];
  await pool.map(
    Array.from({ length: attempts }, (_, i) => i),
    (i) => ({
      ...common,
      fars: FARS.slice(0, 1),
      seed: 5000 + i,
      kind: 'attack',
      attack,
      victim: (people[i % people.length] as Person).live,
      other: (people[(i + 1) % people.length] as Person).live,
    }),
    (_, result) => ended.push(result as Ended),
  );
  return { attack, ended: ended.map(([first]) => first as Ended[number]) };
}
