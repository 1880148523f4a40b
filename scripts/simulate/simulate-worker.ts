/** One core's share of the tool `simulate`: one person's honest login, or one attack on them. */
import { Refusal } from '../../worker/errors.ts';
import { findRate, operatingPointsFor } from '../../worker/face/decision/calibration.ts';
import { locate } from '../../worker/face/detection/locate.ts';
import type { Template } from '../../worker/face/embedding/template.ts';
import { enrol } from '../../worker/face/enrol.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import { openPicture } from '../../worker/image/open.ts';
import { respond, type Step } from '../../worker/login/challenge-response.ts';
import { FrameSequence } from '../../worker/login/frame-sequence.ts';
import { serve } from '../batch/pool.ts';
import { type Place, readPlace } from '../dataset/pictures.ts';
import { openModel, readCalibration } from '../engine/model-folder.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../engine/networks.ts';
import { random } from '../statistics/intervals.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import type { Photo } from './render.ts';
import { type Answer, drawActions, honest } from './scenes.ts';

/**
 * Largest turn of a photo's face that may be laid on a head that faces the camera, in degrees
 * as `estimateHeadPose` estimates them: about 13 and 18 true ones.
 */
const FRONTAL = { yaw: 10, pitch: 10 } as const;
/** Width of the face's box in the photo: a smaller one has too little detail to be enlarged. */
const LEAST_FACE = 90;

export type SimulateTask = {
  readonly model: string;
  readonly fars: readonly number[];
  readonly seed: number;
  /** Frames of each pose. */
  readonly frames: number;
} & (
  | { readonly kind: 'inspect'; readonly pictures: readonly Place[] }
  | { readonly kind: 'honest'; readonly live: Place; readonly enrolled: readonly Place[] }
  | {
      readonly kind: 'attack';
      readonly attack: Attack;
      readonly victim: Place;
      readonly other: Place;
    }
);

/** Result of `inspect`: which pictures can be laid on a head, and which can enrol. */
export interface Inspected {
  readonly live: readonly boolean[];
  readonly enrols: readonly boolean[];
}

/** Result of a run: where it ended, at each rate. */
export type Ended = readonly ('ok' | Step)[];

const engine: Omit<Engine, 'name' | 'calibration' | 'embedder'> = {
  codecs: compileCodecs(),
  ...(await loadFaceModels()),
};
let engines: Promise<Engine> | undefined;

async function engineOf(name: string): Promise<Engine> {
  const model = openModel(name);
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Error(`${name} is not calibrated`);
  return { ...engine, name, calibration, embedder: await loadNetwork(model.network) };
}

serve<SimulateTask, Inspected | Ended>(async (task) => {
  engines ??= engineOf(task.model);
  const ready = await engines;
  if (task.kind === 'inspect') return inspect(ready, task.pictures);
  const next = random(task.seed);
  const actions = drawActions(next);
  if (task.kind === 'honest') {
    const template = await enrolMost(ready, task.enrolled);
    const answer = honest(await photoOf(task.live), actions, next, task.frames);
    return judge(ready, template, answer, task.fars);
  }
  const assets = {
    victim: await photoOf(task.victim),
    other: await photoOf(task.other),
    begin: (frontal: Iterable<Uint8Array>) => FrameSequence.begin(ready, frontal),
    count: task.frames,
  };
  // The best an attacker can have: the very photo that the victim is enrolled by.
  const template = await enrol(ready, [readPlace(task.victim)]);
  return judge(ready, template, await ATTACKS[task.attack](assets, actions, next), task.fars);
});

async function inspect(ready: Engine, pictures: readonly Place[]): Promise<Inspected> {
  const live: boolean[] = [];
  const enrols: boolean[] = [];
  for (const place of pictures) {
    const enrolled = await unlessRefused(() => enrol(ready, [readPlace(place)]));
    enrols.push(enrolled !== undefined);
    const quality = enrolled?.reports[0]?.quality;
    const { faceWidth, yaw, pitch } = quality ?? { faceWidth: 0, yaw: 90, pitch: 90 };
    const frontal = Math.abs(yaw) <= FRONTAL.yaw && Math.abs(pitch) <= FRONTAL.pitch;
    live.push(frontal && faceWidth >= LEAST_FACE);
  }
  return { live, enrols };
}

/** Pictures of which two would not pass for one person are refused: then it is done with fewer. */
async function enrolMost(ready: Engine, places: readonly Place[]): Promise<Template> {
  const pictures = places.map(readPlace);
  for (let count = pictures.length; count > 1; count--) {
    const enrolled = await unlessRefused(() => enrol(ready, pictures.slice(0, count)));
    if (enrolled !== undefined) return enrolled;
  }
  return enrol(ready, pictures.slice(0, 1));
}

async function photoOf(place: Place): Promise<Photo> {
  const picture = openPicture(readPlace(place), engine.codecs);
  const { face } = await locate(engine, picture, 'dominant');
  return { pixels: picture.pixels(1), landmarks: face.landmarks };
}

/** The answer at each rate; only the last step, the match, depends on it. */
async function judge(
  ready: Engine,
  template: Template,
  answer: Answer,
  fars: readonly number[],
): Promise<Ended> {
  const ended: ('ok' | Step)[] = [];
  for (const far of fars) {
    const last = ended.at(-1);
    if (last !== undefined && last !== 'match') {
      ended.push(last); // at a looser rate nothing else changes
      continue;
    }
    const rate = findRate(operatingPointsFor(ready.calibration, template.pictures), far);
    if (rate === undefined) throw new Error(`not calibrated at ${far}`);
    const outcome = await respond(ready, { ...answer, template, rate });
    ended.push(outcome.ok ? 'ok' : outcome.step);
  }
  return ended;
}

async function unlessRefused<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
