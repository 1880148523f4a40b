/**
 * Searches at the shipped thresholds, for people who did not set them:
 * `npm run tool -- identification --pictures SOURCE --identities FILE --lfw SOURCE`.
 *
 * Written to `identification.json` and plots beside the weights. The tool `card` does the same, and
 * all else.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CALIBRATION_ARGS } from '../calibrate/calibrate.ts';
import { readDropped } from '../calibrate/calibrate-model.ts';
import type { Dropped } from '../calibrate/calibration-file.ts';
import { personOf, readList } from '../dataset/identities.ts';
import { type Labelled, picturesOfPeople } from '../dataset/people.ts';
import { below, isPicture, openPictures } from '../dataset/pictures.ts';
import { defineTool, pattern } from '../define-tool.ts';
import {
  chooseRuntime,
  faceModelSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { detPlot } from '../report/curves.ts';
import { searchTable } from '../report/identification-section.ts';
import {
  type IdentificationFile,
  type IdentificationReport,
  reportIdentification,
} from './identification-report.ts';
import { embedPeople } from './known-people.ts';

const LFW = 'LFW, the people of view 2';

export default defineTool({
  name: 'identification',
  description: 'Measure searches at the shipped thresholds, for people who did not set them',
  args: {
    pictures: {
      type: 'string',
      required: true,
      valueHint: 'source',
      description: 'Pictures of people who were in no training and set no threshold',
    },
    ...CALIBRATION_ARGS,
    lfw: { type: 'string', valueHint: 'source', description: 'Folder or tar of LFW' },
    model: MODEL_ARG,
  },
  async run(args, { rawArgs }) {
    const model = openModel(args.model);
    chooseRuntime(model);
    const file = await measureIdentification(model, {
      pictures: args.pictures,
      person: pattern(args.person),
      only: readList(args.identities),
      dropped: args.drop === undefined ? [] : readDropped(args.drop),
      data: args.data ?? basename(args.pictures),
      lfw: args.lfw,
      command: commandLine('identification', rawArgs),
    });
    for (const report of file.sets) console.log(`\n${report.set}\n\n${searchTable(report)}`);
  },
});

export interface IdentificationInput {
  /** Source of the pictures of people who set no threshold, and what they are. */
  readonly pictures: string;
  readonly person: RegExp | undefined;
  readonly only: readonly string[] | undefined;
  /** People left out as listed under two names. */
  readonly dropped: readonly Dropped[];
  readonly data: string;
  readonly lfw: string | undefined;
  readonly command: string;
}

/**
 * Measures, and writes what a model folder holds of it.
 *
 * @throws Mistake for an uncalibrated model, and for too few people; then nothing was written
 */
export async function measureIdentification(
  model: ModelFolder,
  { pictures, person, only, dropped, data, lfw, command }: IdentificationInput,
): Promise<IdentificationFile> {
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Mistake(`${model.name} is not calibrated`);
  const without = dropped.map(({ identity }) => identity);
  const heldOut = picturesOfPeople(pictures, { person, only, without });
  const sets = [
    {
      plot: 'det.svg',
      title: 'people who set no threshold',
      set: data,
      named: heldOut,
      once: false,
    },
    ...(lfw === undefined
      ? []
      : [{ plot: 'det-lfw.svg', title: 'LFW', set: LFW, named: peopleOfLfw(lfw), once: true }]),
  ];
  const found: {
    readonly report: IdentificationReport;
    readonly plot: string;
    readonly svg: string;
  }[] = [];
  for (const { plot, title, set, named, once } of sets) {
    const people = await embedPeople(named, model.network);
    const searched = { set, people, refused: people.refused, once };
    const { report, curves } = reportIdentification(searched, calibration);
    if (report.searches.length === 0) {
      throw new Mistake(
        `${set}: ${report.identities} people are too few for any search; nothing was written`,
      );
    }
    found.push({ report, plot, svg: detPlot(title, curves) });
  }
  for (const { plot, svg } of found) writeFileSync(join(model.folder, plot), svg);
  const file: IdentificationFile = {
    model: model.name,
    sha256: sha256(model.network),
    ...faceModelSha256(),
    sets: found.map(({ report }) => report),
    dropped,
    command,
    gitRevision: gitRevision(),
  };
  writeFileSync(join(model.folder, 'identification.json'), `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

/** LFW's pictures, in a folder a person, under the same names as its list of pairs has them. */
function peopleOfLfw(source: string): Labelled[] {
  const pictures = below(openPictures(source), 'pairs.txt');
  if (pictures === undefined) throw new Mistake(`--lfw: no pairs.txt in ${source}`);
  return [...pictures].flatMap(([file, place]) => {
    const person = isPicture(file) ? personOf(file) : undefined;
    return person === undefined ? [] : [{ file, place, person }];
  });
}
