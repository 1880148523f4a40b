/** Table of yaw labels: columns `file`, `yaw` in degrees, and `spread` where the yaw is the middle of several estimates. */
import { quoted, readCsv } from '../csv.ts';
import { Mistake } from '../mistake.ts';
import type { YawEstimate } from './fsanet.ts';

export function yawTable(labels: readonly (YawEstimate & { readonly file: string })[]): string {
  const lines = labels.map(({ file, yaw, spread }) => `${quoted(file)},${yaw},${spread}\n`);
  return `file,yaw,spread\n${lines.join('')}`;
}

/**
 * Yaw in degrees by file.
 *
 * @param name of the table, for what is said of it
 * @param spread degrees; labels whose estimates lie further apart are left out
 * @throws Mistake where the table has no columns `file` and `yaw`, a value is no number, or a file has two labels
 */
export function readYawTable(text: string, name: string, spread: number): Map<string, number> {
  const [head = [], ...rows] = readCsv(text, name);
  const at = (column: string) => head.indexOf(column);
  if (at('file') < 0 || at('yaw') < 0) throw new Mistake(`${name}: no columns file and yaw`);
  const labels = new Map<string, { yaw: number; spread: number }>();
  for (const row of rows) {
    const file = row[at('file')] ?? '';
    const number = (column: string) => {
      const field = row[at(column)] ?? '';
      if (field.trim() !== '' && Number.isFinite(Number(field))) return Number(field);
      throw new Mistake(`${name}: ${column} of ${file || 'no file'} is no number: ${field}`);
    };
    if (labels.has(file)) throw new Mistake(`${name}: two labels of ${file}`);
    labels.set(file, { yaw: number('yaw'), spread: at('spread') < 0 ? 0 : number('spread') });
  }
  const sure = [...labels].filter(([, label]) => label.spread <= spread);
  return new Map(sure.map(([file, { yaw }]) => [file, yaw]));
}
