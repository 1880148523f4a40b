/** Lists of pairs to judge: LFW's `pairs.txt`, or two paths and a 0 or 1 a line. */
import { Mistake } from '../mistake.ts';

export interface Pair {
  readonly reference: string;
  readonly probe: string;
  readonly same: boolean;
  readonly fold: number;
}

/** Folds of a list that has none of its own. */
const FOLDS = 10;

/**
 * LFW (Huang et al. 2007, view 2): a line with the number of folds and of pairs per half, then
 * for each fold lines `name i j` (one person) and as many `name i name j` (two people).
 *
 * Other lists have a line `path path 1` or `path path 0` a pair, with spaces or (where paths have
 * spaces) tabs between; pair i goes to fold i mod 10.
 *
 * @throws Mistake naming the first line that is neither; for a list without a pair; and for one of
 *   LFW's that has other pairs than its first line says, as one that was cut off
 */
export function readPairs(text: string): Pair[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const header = /^(\d+)(?:\s+(\d+))?$/.exec(lines[0] ?? '');
  if (header === null) {
    if (lines.length === 0) throw new Mistake('the list has no pairs');
    return lines.map((line, i) => ({ ...pathPair(line, i), fold: i % FOLDS }));
  }
  const half = Number(header[2] ?? header[1]);
  const single = header[2] === undefined;
  const told = 2 * half * (single ? 1 : Number(header[1]));
  if (lines.length - 1 !== told) {
    throw new Mistake(`the list has ${lines.length - 1} pairs, and its first line says ${told}`);
  }
  return lines.slice(1).map((line, i) => ({
    ...lfwPair(line, i + 1),
    fold: single ? i % FOLDS : Math.floor(i / (2 * half)),
  }));
}

function fields(line: string): string[] {
  return line.split(line.includes('\t') ? /\t+/ : /\s+/);
}

function pathPair(line: string, index: number) {
  const [reference, probe, same, ...rest] = fields(line);
  if (!reference || !probe || !/^[01]$/.test(same ?? '') || rest.length > 0) {
    throw new Mistake(`pair ${index + 1}: expected "path path 0|1", got "${line}"`);
  }
  return { reference, probe, same: same === '1' };
}

function lfwPair(line: string, index: number) {
  const parts = fields(line);
  const [a, i, b, j] = parts as [string, string, string, string | undefined];
  const numbered = /^\d+$/.test(i ?? '') && /^\d+$/.test((parts.length === 3 ? b : j) ?? '');
  if (parts.length < 3 || parts.length > 4 || !numbered) {
    throw new Mistake(`pair ${index}: expected LFW's "name i j" or "name i name j", got "${line}"`);
  }
  return j === undefined
    ? { reference: lfwPath(a, i), probe: lfwPath(a, b), same: true }
    : { reference: lfwPath(a, i), probe: lfwPath(b, j), same: false };
}

/** `Name` and `7` to `Name/Name_0007.jpg`. */
function lfwPath(name: string, number: string): string {
  return `${name}/${name}_${number.padStart(4, '0')}.jpg`;
}
