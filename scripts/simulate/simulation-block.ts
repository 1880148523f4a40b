/** The simulate block of docs/login.md. */
import type { Step } from '../../worker/login/challenge-response.ts';
import { integer, percent, table } from '../report/format.ts';
import { clopperPearson, type Interval, wilson } from '../statistics/intervals.ts';

type End = 'ok' | Step;

export interface AttackRuns {
  readonly attack: string;
  readonly ended: readonly End[];
}

export interface Simulation {
  /** Ends of the honest runs, at each rate. */
  readonly honest: readonly (readonly End[])[];
  readonly attacks: readonly AttackRuns[];
  readonly fars: readonly number[];
  readonly people: number;
  /** Frames of each pose. */
  readonly frames: number;
  readonly model: string;
  readonly data: string;
  readonly command: string;
}

/** Steps in the order of the checks: a run that fails one does not reach the next. */
const STEPS = [
  'frontal',
  'pose',
  'grey',
  'print',
  'repeat',
  'mirror',
  'person',
  'match',
] as const satisfies readonly Step[];

const MEANING: Readonly<Record<Step, string>> = {
  frontal: 'frontal frame: face, quality, facing the camera',
  pose: 'each action: face, and the pose asked for',
  grey: 'in the colours of the frontal frame',
  print: 'not the frontal frame warped',
  repeat: 'no turned frame again, as it was or warped',
  mirror: 'nor mirrored',
  person: 'all frames one person',
  match: 'the person of the template',
};

const share = (count: number, of: number, interval: Interval) =>
  `${percent(count / of)} (${percent(interval[0])} to ${percent(interval[1])})`;

export function simulationText(simulation: Simulation): string {
  const { honest, attacks, fars, people, frames, data, model, command } = simulation;
  const runs = honest.length;
  const strict = honest.map(([first]) => first as End);
  const rows = STEPS.filter((step) => step !== 'match').map((step) => {
    const refused = strict.filter((end) => end === step).length;
    return [MEANING[step], String(refused), share(refused, runs, wilson(refused, runs))];
  });
  for (const [i, far] of fars.entries()) {
    const refused = honest.filter((ends) => ends[i] === 'match').length;
    rows.push([
      `${MEANING.match}, at FAR ${far.toExponential()}`,
      String(refused),
      share(refused, runs, wilson(refused, runs)),
    ]);
  }
  for (const [i, far] of fars.entries()) {
    const passed = honest.filter((ends) => ends[i] === 'ok').length;
    rows.push([
      `**passed, at FAR ${far.toExponential()}**`,
      String(passed),
      share(passed, runs, wilson(passed, runs)),
    ]);
  }
  const attackRows = attacks.map(({ attack, ended }) => {
    const passed = ended.filter((end) => end === 'ok').length;
    const stopped = STEPS.map((step) => [step, ended.filter((end) => end === step).length] as const)
      .filter(([, count]) => count > 0)
      .map(([step, count]) => `${step} ${count}`);
    return [
      attack,
      `${passed} of ${ended.length}`,
      `${percent(clopperPearson(passed, ended.length)[1])}`,
      stopped.join(', '),
    ];
  });
  return `${integer(runs)} honest logins of ${integer(people)} people of ${data}, with \`${model}\`. Refused at each step, of all runs; brackets are 95 % intervals (Wilson over runs: rather too narrow where a person has several):

${table(['step', 'runs', 'share'], rows)}

How they were made: a photo that faces the camera is laid on a generic head (an ellipsoid with a nose, no likeness of anybody), turned, and seen by a pinhole camera at 640 × 480 from 6 to 10 eye distances (38 to 63 cm), with sensor noise, changes of light, place, size and roll, saved as JPEG. Turns are 22 to 36°, nods 16 to 30° (both at once: 18 to 32° and 14 to 26°), actions drawn as the API draws them; ${frames} frames of each pose, which differ by noise and by a tremor of 1°, and the first that will do counts. The template is made from one to three *other* photos of the person, as many as enrol together. Light, expression and hair do not change within a run, as they do in life; the photos are of public figures, mostly years apart, so \`match\` is harder than at a desk.

Attacks, each by people of the same photos. The victim is enrolled by *the very photo the attacker has*, so that nothing but the challenge stands in the way (the step \`match\` would stop many more). Upper ends are of 95 % intervals (Clopper and Pearson):

${table(['attack', 'passed', 'at most', 'stopped by'], attackRows)}

What passes by its nature: the honest frames above are themselves made from one photo. Who can put frames in place of the camera's, or show the camera a screen with such a rendering, a film or a deepfake of the person, passes as often as the person.

Command: \`${command}\`.`;
}
