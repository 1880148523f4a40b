/**
 * The accuracy of a model on pictures, through the Worker's own pipeline and runtime:
 * `npm run tool -- evaluate --lfw FOLDER_OR_TAR`.
 *
 * A picture that is refused is never dropped: its pair counts as wrong in the accuracy and as a
 * non-match in VAL and FAR, and it is listed with its code.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { verificationPoints } from '../../worker/face/decision/calibration.ts';
import { FACE_POLICIES } from '../../worker/face/detection/policy.ts';
import { readList } from '../dataset/identities.ts';
import { PEOPLE_ARGS } from '../dataset/people.ts';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import {
  chooseRuntime,
  faceModelSha256,
  MODEL_ARG,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { distancePlot, rocPlot } from '../report/curves.ts';
import { groupTable } from '../report/group-table.ts';
import { reportText } from '../report/tables.ts';
import type { EmbedTask } from './embed-worker.ts';
import { checkChoice } from './set-choice.ts';
import type { Reported } from './set-report.ts';
import { evaluateFolder, evaluateGroups, evaluateLfw, evaluateList, type Setup } from './sets.ts';

export default defineTool({
  name: 'evaluate',
  description:
    'Measure a model on LFW (--lfw), a list of pairs (--pairs and --pictures), all pairs of a folder (--folder), or false accepts within groups (--groups and --folder)',
  repeatable: ['network', 'fp32'],
  args: {
    lfw: {
      type: 'string',
      valueHint: 'source',
      description: "LFW view 2: a folder or tar with pairs.txt beside the people's folders",
    },
    pairs: {
      type: 'string',
      valueHint: 'file',
      description: "A list of pairs: LFW's format, or lines `path path 0|1`",
    },
    pictures: { type: 'string', valueHint: 'source', description: 'Pictures of --pairs' },
    folder: {
      type: 'string',
      valueHint: 'source',
      description: "All pairs of a folder or tar of people's folders",
    },
    ...PEOPLE_ARGS,
    groups: {
      type: 'string',
      valueHint: 'utk',
      description: 'With --folder: false accepts within groups, by names age_gender_race_*',
    },
    most: { type: 'string', valueHint: 'n', description: 'With --groups: of at most n pictures' },
    model: MODEL_ARG,
    network: {
      type: 'string',
      valueHint: 'file',
      description: 'Another network with the same input and output, on the same crops; repeatable',
    },
    fp32: { type: 'string', valueHint: 'file', description: 'The same as --network' },
    faces: {
      type: 'enum',
      options: [...FACE_POLICIES, 'centre'],
      default: 'largest',
      description: 'Which face of a picture; centre: the one nearest the middle, for comparison',
    },
    plain: {
      type: 'boolean',
      default: false,
      description: 'Embed the crop alone, without its mirror image, for comparison',
    },
    templates: {
      type: 'boolean',
      default: false,
      description: "Also with each pair's reference as a template (not for --folder)",
    },
    json: { type: 'string', valueHint: 'file', description: 'The whole report' },
    plots: { type: 'string', valueHint: 'folder', description: 'roc.svg and distances.svg' },
  },
  async run(args, { all, rawArgs }) {
    checkChoice(args);
    const model = openModel(args.model);
    const others = [...all('network'), ...all('fp32')];
    chooseRuntime(model, others);
    const calibration = readCalibration(model);
    const setup: Setup = {
      networks: [model.network, ...others],
      faces: args.faces as EmbedTask['faces'],
      plain: args.plain,
      points: calibration,
      shipped: calibration === undefined ? [] : verificationPoints(calibration).rates,
      ...(args.templates && { templates: calibration?.templates ?? [] }),
    };
    const record = {
      model: model.name,
      sha256: sha256(model.network),
      ...faceModelSha256(),
      faces: args.faces,
      command: commandLine('evaluate', rawArgs),
      gitRevision: gitRevision(),
    };
    const writeJson = (report: object) => {
      if (args.json === undefined) return;
      writeFileSync(args.json, `${JSON.stringify({ ...record, ...report }, null, 2)}\n`);
    };
    if (args.groups !== undefined) return writeJson(await measureGroups(args, setup));
    const results = await measure(args, setup);
    const names = [model.name, ...others.map((file) => basename(file))];
    for (const [i, { report }] of results.entries()) {
      if (results.length > 1) console.log(`\n## ${names[i]}\n`);
      console.log(reportText(report));
    }
    const [first, ...rest] = results as [Reported, ...Reported[]];
    writeJson({
      ...first.report,
      others: rest.map(({ report }, i) => ({
        network: names[i + 1],
        sha256: sha256(others[i] as string),
        ...report,
      })),
    });
    if (args.plots !== undefined) writePlots(args.plots, names, results, setup.shipped);
  },
});

interface SetArgs {
  readonly lfw: string | undefined;
  readonly pairs: string | undefined;
  readonly pictures: string | undefined;
  readonly folder: string | undefined;
  readonly person: string | undefined;
  readonly identities: string | undefined;
}

function measure(args: SetArgs, setup: Setup): Promise<Reported[]> {
  const { lfw, pairs, pictures, folder, person, identities } = args;
  if (lfw !== undefined) return evaluateLfw(lfw, setup);
  if (pairs !== undefined && pictures !== undefined) {
    return evaluateList(pairs, pictures, setup, basename(pairs));
  }
  return evaluateFolder(
    folder as string,
    { person: pattern(person), only: readList(identities) },
    setup,
    basename(folder as string),
  );
}

/** False accepts within groups, printed as a table. */
async function measureGroups(
  args: Pick<SetArgs, 'folder'> & { readonly groups: string | undefined; most: string | undefined },
  setup: Setup,
) {
  if (args.groups !== 'utk') throw new Mistake(`--groups: ${args.groups}; it knows utk alone`);
  if (setup.shipped.length === 0) {
    throw new Mistake('the model has no calibration.json: no thresholds are shipped');
  }
  const most = args.most === undefined ? undefined : wholeNumber(args.most, 'most');
  const measured = await evaluateGroups(args.folder as string, setup, most);
  console.log(groupTable(measured.groups));
  console.log(`\n${measured.pictures} pictures, ${measured.refused.length} refused`);
  return measured;
}

function writePlots(
  folder: string,
  names: readonly string[],
  results: readonly Reported[],
  shipped: Setup['shipped'],
): void {
  const [first] = results as [Reported];
  const { set } = first.report;
  const curves = Object.fromEntries(results.map((r, i) => [names[i] as string, r.curves]));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'roc.svg'), rocPlot(set, curves));
  writeFileSync(join(folder, 'distances.svg'), distancePlot(set, first.curves, shipped));
}
