/**
 * Measures a model on pictures, through the Worker's own pipeline and runtime:
 * `npm run evaluate -- --lfw FOLDER_OR_TAR`.
 *
 * A picture that is refused is never dropped: its pair counts as wrong in the accuracy and as a
 * non-match in VAL and FAR, and it is listed with its code.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { FACE_POLICIES } from '../../worker/face/policy.ts';
import { distancePlot, rocPlot } from '../report/curves.ts';
import { groupTable } from '../report/group-table.ts';
import { commandLine, gitRevision } from '../report/provenance.ts';
import { reportText } from '../report/tables.ts';
import {
  chooseRuntime,
  deployedModel,
  finderSha256,
  openModel,
  readCalibration,
  sha256,
} from '../runtime/model-folder.ts';
import type { EmbedTask } from './embed-worker.ts';
import type { Reported } from './set-report.ts';
import { evaluateFolder, evaluateGroups, evaluateLfw, evaluateList, type Setup } from './sets.ts';

const USAGE = `npm run evaluate -- SET [options]

One of these sets:
  --lfw SOURCE                     LFW view 2: a folder or tar with pairs.txt beside the people
  --pairs FILE --pictures SOURCE   a list of pairs: LFW's format, or lines "path path 0|1"
  --folder SOURCE                  all pairs of a folder (or tar) of people's folders
    --person PATTERN               or of the people that the pattern's first group names
  --groups utk --folder SOURCE     false accepts within groups, by names age_gender_race_*
    --most N                       of at most N pictures

  --model NAME     a folder of model/, or any folder with network.onnx (the one deployed)
  --network FILE   another network with the same input and output, on the same crops; --fp32 too
  --faces POLICY   ${FACE_POLICIES.join(', ')} (largest) or centre, for comparison
  --templates      also with each pair's reference as a template (not for --folder)
  --plain          embed the crop alone, without its mirror image, for comparison
  --json FILE      the whole report
  --plots FOLDER   roc.svg and distances.svg`;

const argv = process.argv.slice(2);
const { values } = parseArgs({
  options: {
    lfw: { type: 'string' },
    pairs: { type: 'string' },
    pictures: { type: 'string' },
    folder: { type: 'string' },
    person: { type: 'string' },
    groups: { type: 'string' },
    most: { type: 'string' },
    model: { type: 'string', default: deployedModel() },
    network: { type: 'string', multiple: true, default: [] },
    fp32: { type: 'string', multiple: true, default: [] },
    faces: { type: 'string', default: 'largest' },
    plain: { type: 'boolean', default: false },
    templates: { type: 'boolean', default: false },
    json: { type: 'string' },
    plots: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (![...FACE_POLICIES, 'centre'].includes(values.faces)) fail(`no policy ${values.faces}`);
const model = openModel(values.model);
const others = [...values.network, ...values.fp32];
chooseRuntime(model, others);
const calibration = readCalibration(model);
const setup: Setup = {
  networks: [model.network, ...others],
  faces: values.faces as EmbedTask['faces'],
  plain: values.plain,
  shipped: calibration?.rates ?? [],
  ...(values.templates && { templates: calibration?.templates ?? [] }),
};
const record = {
  model: model.name,
  sha256: sha256(model.network),
  ...finderSha256(),
  faces: values.faces,
  command: commandLine('evaluate', argv),
  gitRevision: gitRevision(),
};

if (values.groups !== undefined) {
  if (values.groups !== 'utk' || values.folder === undefined) fail('--groups utk needs --folder');
  if (setup.shipped.length === 0) fail(`${model.name} has no calibration.json: nothing is shipped`);
  const { pictures, refused, groups } = await evaluateGroups(
    values.folder as string,
    setup,
    values.most === undefined ? undefined : Number(values.most),
  );
  console.log(groupTable(groups));
  console.log(`\n${pictures} pictures, ${refused.length} refused`);
  writeJson({ ...record, pictures, refused, groups });
} else {
  const results = await evaluate();
  const names = [model.name, ...others.map((file) => basename(file))];
  for (const [i, { report }] of results.entries()) {
    if (results.length > 1) console.log(`\n## ${names[i]}\n`);
    console.log(reportText(report));
  }
  const [first, ...rest] = results as [Reported, ...Reported[]];
  writeJson({
    ...record,
    ...first.report,
    others: rest.map(({ report }, i) => ({
      network: names[i + 1],
      sha256: sha256(others[i] as string),
      ...report,
    })),
  });
  if (values.plots !== undefined) {
    mkdirSync(values.plots, { recursive: true });
    const curves = Object.fromEntries(results.map((r, i) => [names[i] as string, r.curves]));
    const { set } = first.report;
    writeFileSync(join(values.plots, 'roc.svg'), rocPlot(set, curves));
    const distances = distancePlot(set, first.curves, setup.shipped);
    writeFileSync(join(values.plots, 'distances.svg'), distances);
  }
}

function evaluate(): Promise<Reported[]> {
  const { lfw, pairs, pictures, folder, person } = values;
  if (lfw !== undefined) return evaluateLfw(lfw, setup);
  if (pairs !== undefined && pictures !== undefined) {
    return evaluateList(pairs, pictures, setup, basename(pairs));
  }
  if (folder === undefined) fail(USAGE);
  const pattern = person === undefined ? undefined : new RegExp(person);
  return evaluateFolder(folder as string, pattern, setup, basename(folder as string));
}

function writeJson(report: object): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
