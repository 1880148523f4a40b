/** Calibration of a model on pictures of known people. */

import { readFileSync } from 'node:fs';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import { MAX_TEMPLATE_PICTURES } from '../../worker/limits.ts';
import { readList } from '../dataset/identities.ts';
import { picturesOfPeople, requireEverybody, type Selection } from '../dataset/people.ts';
import { pattern } from '../define-tool.ts';
import { faceModelSha256, type ModelFolder } from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { embedPeople } from '../identification/known-people.ts';
import { Mistake } from '../mistake.ts';
import { gitRevision } from '../provenance.ts';
import type { CalibrationFile, Dropped } from './calibration-file.ts';
import { calibratePairExit } from './early-exit.ts';
import { reportGates } from './gate-report.ts';
import { calibrateIdentification } from './identification.ts';
import type { Enrollable } from './template-comparisons.ts';
import { calibrateTemplates, measureBeyond } from './templates.ts';
import { type Calibrated, calibrate, FARS, LEAST_PAIRS } from './thresholds.ts';

export interface CalibrationInput {
  readonly model: ModelFolder;
  readonly pictures: string;
  /** People to calibrate on; undefined: everybody. */
  readonly identities: readonly string[] | undefined;
  readonly dropped: readonly Dropped[];
  readonly person: RegExp | undefined;
  readonly data: string;
  readonly least?: number;
  readonly command: string;
}

export interface CalibrationResult {
  readonly file: CalibrationFile;
  readonly pairs: Calibrated['pairs'];
}

/** @throws Mistake when people asked for have no pictures: the list is of another set */
export async function calibrateModel(input: CalibrationInput): Promise<CalibrationResult> {
  const { model, identities, dropped } = input;
  const without = dropped.map(({ identity }) => identity);
  const selection = { person: input.person, only: identities, without };
  const named = picturesOfPeople(input.pictures, selection);
  requireEverybody(named, selection);
  const people = new Set(named.map(({ person }) => person));

  const set = await embedPeople(named, model.network);
  const least = input.least ?? LEAST_PAIRS;
  const { rates, largestImpostorDistance, pairs } = calibrate(set, least);
  const earlyExit = calibratePairExit(set, { rates, largestImpostorDistance }, least);
  return {
    pairs,
    file: {
      model: model.name,
      sha256: sha256(model.network),
      ...faceModelSha256(),
      data: input.data,
      identities: people.size,
      pictures: named.length,
      genuinePairs: pairs.genuine.length,
      impostorPairs: pairs.impostors.length,
      refused: set.refused,
      dropped: dropped.filter(({ identity }) => identities?.includes(identity) ?? true),
      rates,
      largestImpostorDistance,
      ...(earlyExit && { earlyExit }),
      ...templatesOf(set, { rates }, least),
      gates: reportGates(set.qualities),
      intervals: '95 %, bootstrap over identities; of a VAL of 1 Clopper-Pearson over pairs',
      searchIntervals: 'the people searched for and those enrolled',
      command: input.command,
      gitRevision: gitRevision(),
    },
  };
}

/** Enrolment needs its rate of pairs: a model that has too few for it gets no templates. */
function templatesOf(
  set: Enrollable,
  pairs: Pick<Calibrated, 'rates'>,
  least: number,
): Pick<CalibrationFile, 'templates' | 'beyond'> {
  const onePerson = findRate(pairs, ENROLMENT_FAR);
  if (onePerson === undefined) return { templates: [] };
  const templates = calibrateTemplates(set, onePerson, FARS, least).map((points) => ({
    ...points,
    identification: calibrateIdentification(set, points.pictures, onePerson, least),
  }));
  const largest = templates.at(-1);
  if (largest === undefined) return { templates };
  return { templates, beyond: measureBeyond(set, onePerson, MAX_TEMPLATE_PICTURES, largest) };
}

/**
 * People to leave out: what the tool `screen` wrote, or a plain list of names.
 *
 * @throws Mistake for a JSON file of anything else
 */
export function readDropped(file: string): Dropped[] {
  if (!file.endsWith('.json')) {
    return readList(file).map((identity) => ({ identity, because: 'listed by hand' }));
  }
  const dropped = droppedIn(readFileSync(file, 'utf8'));
  if (dropped === undefined) throw new Mistake(`${file} is not what the tool screen wrote`);
  return dropped;
}

/** @returns undefined for any other text */
function droppedIn(text: string): Dropped[] | undefined {
  try {
    const { dropped } = JSON.parse(text) as { dropped: Dropped[] };
    return dropped.every(({ identity }) => typeof identity === 'string') ? dropped : undefined;
  } catch {
    return undefined;
  }
}

/** People that the options of a calibration name (`CALIBRATION_ARGS`). */
export function selectionOf({
  person,
  identities,
  drop,
}: Readonly<Record<'person' | 'identities' | 'drop', string | undefined>>): Selection {
  const dropped = drop === undefined ? [] : readDropped(drop);
  return {
    person: pattern(person),
    only: readList(identities),
    without: dropped.map(({ identity }) => identity),
  };
}
