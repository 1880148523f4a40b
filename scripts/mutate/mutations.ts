/**
 * Tests of the tests: each check of `mutants.ts` is taken out, in a copy, and the tests that have to
 * notice are run: `npm run tool -- mutations [PATTERN]`. Ends with 1 if any tests still pass.
 *
 * With `--verdicts FILE` each verdict is kept, and a run that was cut off goes on from there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineTool, Mistake } from '../define-tool.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { findPlace, findTests, type Place, readSources } from './places.ts';
import { keyOf, Verdicts } from './verdicts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Copies all that git tracks, as it is in the working tree. */
function copyTree(copy: string): void {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.split('\0').filter((name) => name !== '')) {
    cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  }
  // Hard links: workerd finds no module behind a symbolic one. They cost nothing on one disk.
  const modules = [join(ROOT, 'node_modules'), copy];
  const { status } = spawnSync('cp', ['-a', '--link', ...modules]);
  if (status !== 0) execFileSync('cp', ['-a', ...modules]);
}

/** @returns whether the tests pass */
function pass(copy: string, tests: readonly string[]): boolean {
  const args = ['vitest', 'run', ...tests, '--bail', '1'];
  const { status, stdout } = spawnSync('npx', args, { cwd: copy, encoding: 'utf8' });
  // A run that did not get as far as its tests has noticed nothing.
  if (status !== 0 && !/Tests .*failed/.test(stdout))
    throw new Error(`no test was run:\n${stdout}`);
  return status === 0;
}

/** @returns whether a test fails with the check taken out */
function isNoticed(copy: string, { place, tests }: Trial): boolean {
  const path = join(copy, place.file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, place.mutated);
  try {
    return !pass(copy, tests);
  } finally {
    writeFileSync(path, before);
  }
}

/** A mutant, with what it becomes in this tree. */
interface Trial {
  readonly lets: string;
  readonly place: Place;
  readonly tests: readonly string[];
  readonly key: string;
}

function trialOf(mutant: Mutant, sources: ReadonlyMap<string, string>): Trial {
  const place = findPlace(sources, mutant);
  const tests = findTests(ROOT, mutant.tests);
  const key = keyOf(place.mutated, ...tests.map((test) => readFileSync(join(ROOT, test), 'utf8')));
  return { lets: mutant.lets, place, tests, key };
}

export default defineTool({
  name: 'mutations',
  description: 'Take each security check out, in a copy, and run the tests that have to notice',
  args: {
    pattern: {
      type: 'positional',
      required: false,
      default: '',
      description: 'Regular expression: only checks whose description matches',
    },
    verdicts: {
      type: 'string',
      default: '',
      valueHint: 'FILE',
      description: 'File that keeps the verdicts: those in it are not asked for again',
    },
  },
  run({ pattern, verdicts: file }) {
    const chosen = MUTANTS.filter(({ lets }) => new RegExp(pattern).test(lets));
    if (chosen.length === 0) throw new Mistake(`no check is described by ${pattern}`);
    const sources = readSources(ROOT);
    const trials = chosen.map((mutant) => trialOf(mutant, sources));
    const verdicts = new Verdicts(file);
    const left = trials.filter(({ key }) => verdicts.find(key) === undefined);
    if (left.length > 0) judge(left, verdicts);
    const missed = trials.filter(({ key }) => verdicts.find(key) === false);
    for (const { lets } of missed) console.log(`MISSED   ${lets}`);
    console.log(`${trials.length - missed.length} of ${trials.length} noticed`);
    if (missed.length > 0) process.exitCode = 1;
  },
});

/** @throws Error where the tests fail with every check in its place */
function judge(trials: readonly Trial[], verdicts: Verdicts): void {
  const copy = mkdtempSync(join(tmpdir(), 'visavis-mutants-'));
  try {
    copyTree(copy);
    const tests = [...new Set(trials.flatMap((trial) => trial.tests))];
    if (!pass(copy, tests)) throw new Error('the tests fail with every check in its place');
    for (const trial of trials) {
      const noticed = isNoticed(copy, trial);
      verdicts.add({ key: trial.key, lets: trial.lets, noticed });
      console.log(`${noticed ? 'noticed' : 'MISSED '}  ${trial.lets}`);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}
