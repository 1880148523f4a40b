/**
 * Whole logins, honest ones of people the network has not seen, and attacks, played, and how they
 * ended: `npm run tool -- simulate --pictures FOLDER --docs docs/login.md`.
 *
 * There is no camera: a person's frames are rendered from one photo laid on a generic head
 * (`scripts/simulate/render.ts`), and go through the Worker's own pipeline and runtime as JPEGs of 640 x 480.
 * The template is made from other photos of the person.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { MAX_POSE_FRAMES } from '../../worker/limits.ts';
import { codeKey } from '../batch/code-key.ts';
import { Journal, keyOf } from '../batch/journal.ts';
import { Pool } from '../batch/pool.ts';
import { Progress } from '../batch/progress.ts';
import { readList } from '../dataset/identities.ts';
import { PEOPLE_ARGS, PICTURES_ARG, picturesOfPeople, type Selection } from '../dataset/people.ts';
import type { Place } from '../dataset/pictures.ts';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import { chooseRuntime, MODEL_ARG, openModel, readCalibration } from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { Mistake } from '../mistake.ts';
import { commandLine } from '../provenance.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { random } from '../statistics/intervals.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import type { Ended, Inspected, SimulateTask } from './simulate-worker.ts';
import { type AttackRuns, simulationText } from './simulation-block.ts';

/** Strictest first: LOGIN_FAR's default, and the loosest that a tenant may choose. */
const FARS = [1e-4, 1e-3];
/** Pictures of one person: more would tell little that is new. */
const MOST_PICTURES = 5;
/** A template is made of as many as there are, up to this. */
const MOST_ENROLLED = 3;

const WORKER = new URL('./simulate-worker.ts', import.meta.url);

/** A result as it is kept. */
interface Result {
  readonly key: string;
  readonly result: Inspected | Ended;
}

interface Person {
  readonly live: Place;
  readonly enrolled: readonly Place[];
}

export default defineTool({
  name: 'simulate',
  description: 'Play whole logins, honest ones and attacks, and tell how they ended',
  args: {
    pictures: PICTURES_ARG,
    ...PEOPLE_ARGS,
    model: MODEL_ARG,
    runs: { type: 'string', valueHint: 'n', default: '240', description: 'Honest logins' },
    frames: {
      type: 'string',
      valueHint: 'n',
      default: String(MAX_POSE_FRAMES),
      description: 'Frames of each pose, as many as a login may send unless said',
    },
    attacks: {
      type: 'string',
      valueHint: 'n',
      default: '60',
      description: 'Attempts of each attack',
    },
    data: {
      type: 'string',
      valueHint: 'text',
      description: 'What the pictures are, for the record',
    },
    results: {
      type: 'string',
      default: '',
      valueHint: 'file',
      description: 'Keeps how each login ended: a run that was cut off goes on from there',
    },
    docs: {
      type: 'string',
      valueHint: 'file',
      description: 'Whose simulate block is refreshed, as docs/login.md',
    },
  },
  async run(args, { rawArgs }) {
    const { docs } = args;
    if (docs !== undefined) requireBlock(docs, 'simulate');
    const model = openModel(args.model);
    chooseRuntime(model);
    const runs = wholeNumber(args.runs, 'runs');
    const attempts = wholeNumber(args.attacks, 'attacks');
    const only = readList(args.identities);
    const all = candidates(args.pictures, { person: pattern(args.person), only });
    const frames = wholeNumber(args.frames, 'frames');
    const calibration = JSON.stringify(readCalibration(model));
    const world = keyOf(await codeKey(WORKER), sha256(model.network), calibration);
    const stage = new Stage(args.model, frames, new Journal<Result>(args.results), world);
    try {
      const people = await stage.choosePeople(all, Math.ceil(runs / 2));
      if (people.length < 2) {
        throw new Mistake('nobody has a frontal photo and another to enrol by');
      }
      const honest = await stage.playHonest(people, runs);
      const attacks: AttackRuns[] = [];
      for (const attack of Object.keys(ATTACKS) as Attack[]) {
        attacks.push(await stage.playAttack(people, attack, attempts));
      }
      const text = simulationText({
        honest,
        attacks,
        fars: FARS,
        people: people.length,
        frames,
        model: model.name,
        data: args.data ?? basename(args.pictures),
        command: commandLine('simulate', rawArgs),
      });
      console.log(text);
      if (docs === undefined) return;
      writeFileSync(docs, replaceBlock(readFileSync(docs, 'utf8'), 'simulate', text));
    } finally {
      await stage.close();
    }
  },
});

/** People with two pictures or more, in an order that is the same in each run. */
function candidates(source: string, selection: Selection): Place[][] {
  const people = new Map<string, Place[]>();
  for (const { person, place } of picturesOfPeople(source, selection)) {
    people.set(person, [...(people.get(person) ?? []), place]);
  }
  const next = random(1);
  return [...people.values()]
    .filter((places) => places.length > 1)
    .map((places) => ({ places: places.slice(0, MOST_PICTURES), key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ places }) => places);
}

function personFrom(places: readonly Place[], { live, enrols }: Inspected): Person | undefined {
  const at = live.indexOf(true);
  const enrolled = places.filter((_, i) => i !== at && enrols[i]).slice(0, MOST_ENROLLED);
  if (at < 0 || enrolled.length === 0) return undefined;
  return { live: places[at] as Place, enrolled };
}

/** The threads that play logins with one model. */
class Stage {
  private readonly common: Pick<SimulateTask, 'model' | 'fars' | 'frames'>;
  private readonly pool = new Pool<SimulateTask, Inspected | Ended>(WORKER);

  /** @param world key of all that a result depends on besides its task: code and weights */
  constructor(
    model: string,
    frames: number,
    private readonly journal: Journal<Result>,
    private readonly world: string,
  ) {
    this.common = { model, fars: FARS, frames };
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** Looks through the candidates until there are enough who can be shown and enrolled. */
  async choosePeople(all: readonly Place[][], enough: number): Promise<Person[]> {
    const found: Person[] = [];
    for (let at = 0; at < all.length && found.length < enough; at += 16) {
      const some = all.slice(at, at + 16);
      const inspected = await this.play<Inspected>(
        some.map((pictures) => ({ ...this.common, seed: 0, kind: 'inspect', pictures })),
      );
      for (const [i, places] of some.entries()) {
        const person = personFrom(places, inspected[i] as Inspected);
        if (person !== undefined) found.push(person);
      }
    }
    return found.slice(0, enough);
  }

  async playHonest(people: readonly Person[], runs: number): Promise<Ended[]> {
    const progress = new Progress(runs, 'honest logins');
    const tasks = Array.from({ length: runs }, (_, i): SimulateTask => {
      const { live, enrolled } = people[i % people.length] as Person;
      return { ...this.common, seed: 1000 + i, kind: 'honest', live, enrolled };
    });
    const ended = await this.play<Ended>(tasks, progress);
    progress.end();
    return ended;
  }

  async playAttack(
    people: readonly Person[],
    attack: Attack,
    attempts: number,
  ): Promise<AttackRuns> {
    const tasks = Array.from(
      { length: attempts },
      (_, i): SimulateTask => ({
        ...this.common,
        fars: FARS.slice(0, 1),
        seed: 5000 + i,
        kind: 'attack',
        attack,
        victim: (people[i % people.length] as Person).live,
        other: (people[(i + 1) % people.length] as Person).live,
      }),
    );
    const ended = await this.play<Ended>(tasks);
    return { attack, ended: ended.map(([first]) => first as Ended[number]) };
  }

  /** @returns results in the order of their tasks; those of an earlier run are not played again */
  private async play<T extends Inspected | Ended>(
    tasks: readonly SimulateTask[],
    progress?: Progress,
  ): Promise<T[]> {
    const keys = tasks.map((task) => keyOf(this.world, JSON.stringify(task)));
    await this.pool.map(
      [...tasks.keys()].filter((i) => !this.journal.find(keys[i] as string)),
      (i) => tasks[i] as SimulateTask,
      (i, result) => {
        this.journal.add({ key: keys[i] as string, result });
        progress?.add(1);
      },
    );
    return keys.map((key) => this.journal.find(key)?.result as T);
  }
}
