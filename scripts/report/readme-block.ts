/** Block of the README: how good each network is, and each cascade. */
import { verificationPoints } from '../../worker/face/decision/calibration.ts';
import { cascadeName } from '../../worker/face/decision/cascade.ts';
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import type { FoldAccuracy } from '../statistics/folds.ts';
import { percent, plusMinus, table } from './format.ts';
import type { CardModel } from './model-card.ts';

interface Column {
  readonly name: string;
  readonly lfw: Pick<FoldAccuracy, 'mean' | 'standardError'> | undefined;
  /** VAL at FAR 1e-3. */
  readonly lfwVal: number | undefined;
  readonly rates: readonly { readonly far: number; readonly val: number }[];
}

/** Rows of four rates, the columns of cascades first; networks that only look first have none. */
export function readmeBlock(
  models: readonly CardModel[],
  cascades: readonly CascadeFile[] = [],
): string {
  const alone = models.filter(({ name }) => !cascades.some(({ fast }) => fast === name));
  const columns = [...cascades.map(ofCascade), ...alone.map(ofModel)];
  const share = (val: number | undefined) => (val === undefined ? '–' : percent(val));
  const own = ({ rates }: Column, rate: number) => rates.find(({ far }) => far === rate)?.val;
  const row = (name: string, cell: (column: Column) => string) => [name, ...columns.map(cell)];
  return table(
    ['', ...columns.map(({ name }) => `\`${name}\``)],
    [
      row('LFW view 2, accuracy', ({ lfw }) => (lfw === undefined ? '–' : plusMinus(lfw))),
      row('LFW, VAL at FAR 1e-3', ({ lfwVal }) => share(lfwVal)),
      row('CelebA calibration set, VAL at FAR 1e-3', (column) => share(own(column, 1e-3))),
      row('the same at FAR 1e-4', (column) => share(own(column, 1e-4))),
    ],
  );
}

function ofModel({ name, accuracy: { lfw }, calibration }: CardModel): Column {
  const lfwVal = lfw.rates.find(({ far }) => far === 1e-3)?.val;
  return { name, lfw: lfw.accuracy, lfwVal, rates: verificationPoints(calibration).rates };
}

function ofCascade(file: CascadeFile): Column {
  const { lfw, rates } = file;
  const name = cascadeName(file);
  const row = lfw.find(({ who }) => who === name);
  const folds = row && { mean: row.accuracy, standardError: row.error };
  return { name, lfw: folds, lfwVal: row?.val, rates };
}
