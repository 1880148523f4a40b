/**
 * All measurements of a model: `calibration.json`, `accuracy.json` and plots beside its weights,
 * `model/MODEL_CARD.md`, and the table in the README:
 * `npm run tool -- card --lfw SOURCE --pictures SOURCE --identities FILE`.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verificationPoints } from '../../worker/face/decision/calibration.ts';
import { CALIBRATION_ARGS } from '../calibrate/calibrate.ts';
import { calibrateModel, readDropped, selectionOf } from '../calibrate/calibrate-model.ts';
import { readList } from '../dataset/identities.ts';
import { defineTool, pattern } from '../define-tool.ts';
import {
  chooseRuntime,
  deployedNetwork,
  faceModelSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
} from '../engine/model-folder.ts';
import { MODEL_FOLDER } from '../engine/networks.ts';
import { sha256 } from '../engine/sha256.ts';
import { byCode } from '../evaluate/embed-all.ts';
import type { Reported } from '../evaluate/set-report.ts';
import { evaluateGroups, evaluateLfw, type Setup } from '../evaluate/sets.ts';
import { type GroupingInput, measureGrouping } from '../identification/grouping-tool.ts';
import { measureIdentification } from '../identification/identification-tool.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { distancePlot, rocPlot } from './curves.ts';
import type { AccuracyFile } from './model-card.ts';
import { renderCard } from './render-card.ts';
import { calibrationText, reportText } from './tables.ts';

/** Pictures of UTKFace that are taken: a quarter, for a command of minutes. */
const MOST_UTK = 6000;

/** Set of `--held-out`, in the card. */
const HELD_OUT = 'People in no training, who set no threshold';

const ROOT = fileURLToPath(MODEL_FOLDER);

export default defineTool({
  name: 'card',
  description: 'Measure a model and write its files, the model card and the README',
  args: {
    lfw: { type: 'string', valueHint: 'source', description: 'LFW view 2, as `evaluate` takes it' },
    pictures: {
      type: 'string',
      valueHint: 'source',
      description: 'Pictures of the people to calibrate on, as `calibrate` takes them',
    },
    ...CALIBRATION_ARGS,
    utk: {
      type: 'string',
      valueHint: 'source',
      description: 'Pictures named age_gender_race_*: false accepts within groups',
    },
    'held-out': {
      type: 'string',
      valueHint: 'file',
      description: 'People of --pictures who set no threshold: searches are measured on them',
    },
    model: MODEL_ARG,
    fp32: {
      type: 'string',
      valueHint: 'file',
      description: 'The same network before quantization, to be compared',
    },
    models: {
      type: 'string',
      valueHint: 'folder',
      default: ROOT,
      description: 'Where model folders and MODEL_CARD.md lie',
    },
    readme: {
      type: 'string',
      valueHint: 'file',
      default: join(ROOT, '../README.md'),
      description: 'Whose accuracy block is refreshed, and those in docs/ beside it',
    },
    render: {
      type: 'boolean',
      default: false,
      description: "Measure nothing: only write the card and the README's table anew",
    },
  },
  async run(args, { rawArgs }) {
    if (!args.render) {
      const { lfw, pictures } = args;
      if (lfw === undefined || pictures === undefined) {
        throw new Mistake('--lfw and --pictures are missing, or --render');
      }
      const { utk, fp32 } = args;
      const command = commandLine('card', rawArgs);
      const model = openModel(args.model);
      const dropped = args.drop === undefined ? [] : readDropped(args.drop);
      const known = { pictures, person: pattern(args.person), command };
      const data = args.data ?? basename(pictures);
      const only = readList(args.identities);
      await measure(model, { lfw, utk, fp32, command }, () =>
        calibrateModel({ ...known, model, identities: only, dropped, data }),
      );
      console.log('\nGrouping');
      await measureGrouping(model, groupingInput({ ...args, pictures }, command));
      if (args['held-out'] !== undefined) {
        console.log('\nSearches');
        const heldOut = readList(args['held-out']);
        await measureIdentification(model, {
          ...known,
          only: heldOut,
          dropped,
          lfw,
          data: HELD_OUT,
        });
      }
    }
    // README and docs speak of the network that serves, whichever was measured.
    renderCard(args.models, args.readme, args.models === ROOT ? deployedNetwork() : args.model);
  },
});

/** Grouping is of the people who set the thresholds: without those dropped, too. */
export function groupingInput(
  args: Parameters<typeof selectionOf>[0] & {
    readonly pictures: string;
    readonly data: string | undefined;
  },
  command: string,
): GroupingInput {
  const { pictures, data } = args;
  return { ...selectionOf(args), pictures, data: data ?? basename(pictures), command };
}

interface Measured {
  readonly lfw: string;
  readonly utk: string | undefined;
  readonly fp32: string | undefined;
  readonly command: string;
}

async function measure(
  model: ModelFolder,
  { lfw, utk, fp32, command }: Measured,
  calibrate: () => ReturnType<typeof calibrateModel>,
): Promise<void> {
  const others = fp32 === undefined ? [] : [fp32];
  chooseRuntime(model, others);
  console.log('Calibrating');
  const { file } = await calibrate();
  write(model, 'calibration.json', file);
  console.log(`\n${calibrationText(file)}\n\nLFW`);

  const setup: Setup = {
    networks: [model.network, ...others],
    faces: 'largest',
    points: file,
    shipped: verificationPoints(file).rates,
  };
  const [own, float] = (await evaluateLfw(lfw, {
    ...setup,
    templates: file.templates,
  })) as [Reported, Reported | undefined];
  console.log(`\n${reportText(own.report)}\n\nLFW, the face nearest to the middle`);
  const [centre] = await evaluateLfw(lfw, { ...setup, networks: [model.network], faces: 'centre' });
  const groups =
    utk === undefined
      ? undefined
      : await evaluateGroups(utk, { ...setup, networks: [model.network] }, MOST_UTK);
  const accuracy: AccuracyFile = {
    model: model.name,
    sha256: sha256(model.network),
    ...faceModelSha256(),
    lfw: own.report,
    ...(centre && {
      lfwCentre: {
        accuracy: centre.report.accuracy as NonNullable<typeof centre.report.accuracy>,
        auc: centre.report.auc,
        refused: centre.report.refused,
      },
    }),
    ...(float && { fp32: { sha256: sha256(fp32 as string), ...float.report } }),
    ...(groups && {
      groups: {
        set: 'UTKFace (Zhang et al. 2017)',
        pictures: groups.pictures,
        refused: byCode(groups.refused),
        groups: groups.groups,
      },
    }),
    command,
    gitRevision: gitRevision(),
  };
  write(model, 'accuracy.json', accuracy);
  const curves = { [model.name]: own.curves, ...(float && { fp32: float.curves }) };
  writeFileSync(join(model.folder, 'roc.svg'), rocPlot(own.report.set, curves));
  const distances = distancePlot(own.report.set, own.curves, verificationPoints(file).rates);
  writeFileSync(join(model.folder, 'distances.svg'), distances);
}

function write(model: ModelFolder, name: string, content: object): void {
  writeFileSync(join(model.folder, name), `${JSON.stringify(content, null, 2)}\n`);
}
