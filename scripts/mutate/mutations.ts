/**
 * Tests of the tests: each check of `mutants.ts` is taken out, in a copy, and the tests that have to
 * notice are run: `npm run tool -- mutations [PATTERN]`. Ends with 1 if any tests still pass.
 *
 * Verdicts are kept with `--verdicts FILE`, and a run that was cut off goes on from there; which tests
 * pass with every check in its place as well, as long as nothing is changed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Journal, keyOf } from '../batch/journal.ts';
import { defineTool } from '../define-tool.ts';
import { sha256 } from '../engine/sha256.ts';
import { Mistake } from '../mistake.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { findPlace, findTests, listTests, type Place, readSources } from './places.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Copies all that git tracks, as it is in the working tree. @returns its key */
function copyTree(copy: string): string {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  const files = tracked.split('\0').filter((name) => name !== '');
  for (const file of files) cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  // Hard links: workerd finds no module behind a symbolic one. They cost nothing on one disk.
  const modules = [join(ROOT, 'node_modules'), copy];
  const { status } = spawnSync('cp', ['-a', '--link', ...modules]);
  if (status !== 0) execFileSync('cp', ['-a', ...modules]);
  return keyOf(...files.map((file) => `${file} ${sha256(join(copy, file))}`));
}

/** @returns the name of a test that fails; undefined where all pass */
function failing(copy: string, tests: readonly string[]): string | undefined {
  const file = join(copy, 'report.json');
  rmSync(file, { force: true });
  const args = ['vitest', 'run', ...tests, '--bail=1', '--reporter=json', `--outputFile=${file}`];
  const { status, stdout } = spawnSync('npx', args, {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status === 0) return undefined;
  const report = existsSync(file) ? readFileSync(file, 'utf8') : '{"testResults":[]}';
  const failed = (JSON.parse(report) as Report).testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find((result) => result.status === 'failed');
  // A run that did not get as far as its tests has noticed nothing.
  if (failed === undefined) throw new Error(`no test failed, nor passed:\n${stdout}`);
  const [why = ''] = (failed.failureMessages[0] ?? '').split('\n');
  // Nor has one that ran out of time: the machine is slow, or the check's absence lets it hang.
  if (/STACK_TRACE_ERROR|timed out/.test(why)) throw new OutOfTime(failed.fullName);
  return `${failed.fullName}: ${why}`;
}

/** A test that ran out of time, which decides nothing. */
class OutOfTime extends Error {}

/** Report of Vitest, as far as it is read. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** @returns the name of a test that fails with the check taken out; undefined where all pass */
function noticing(copy: string, { place, tests }: Trial): string | undefined {
  const path = join(copy, place.file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, place.mutated);
  try {
    return failing(copy, tests);
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

interface Verdict {
  /** Key of the changed file and of the tests. */
  readonly key: string;
  readonly lets: string;
  /** Name of a test that failed, and why; none where all passed. */
  readonly by?: string;
}

function trialOf(
  mutant: Mutant,
  sources: ReadonlyMap<string, string>,
  files: readonly string[],
): Trial {
  const place = findPlace(sources, mutant);
  const tests = findTests(files, mutant.tests);
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
    const files = listTests(ROOT);
    const trials = chosen.map((mutant) => trialOf(mutant, sources, files));
    const verdicts = new Journal<Verdict>(file);
    const left = trials.filter(({ key }) => !verdicts.find(key));
    if (left.length > 0) judge(left, verdicts);
    const missed = trials.filter(({ key }) => verdicts.find(key)?.by === undefined);
    console.log(`${trials.length - missed.length} of ${trials.length} noticed`);
    if (missed.length > 0) process.exitCode = 1;
  },
});

/** Judges all that can be: tests that fail with every check in its place decide nothing. */
function judge(trials: readonly Trial[], verdicts: Journal<Verdict>): void {
  const copy = mkdtempSync(join(tmpdir(), 'visavis-mutants-'));
  try {
    const tree = copyTree(copy);
    const faults = new Map<string, string | undefined>();
    for (const trial of trials) {
      try {
        for (const test of trial.tests) {
          if (faults.has(test)) continue;
          const key = keyOf(tree, test);
          const by = verdicts.find(key) ? undefined : failing(copy, [test]);
          if (by === undefined) verdicts.add({ key, lets: `nothing, by ${test}` });
          faults.set(test, by);
        }
        const broken = trial.tests.map((test) => faults.get(test)).find((by) => by !== undefined);
        if (broken !== undefined) {
          console.log(`broken   ${trial.lets}\n         with every check in its place: ${broken}`);
          continue;
        }
        const by = noticing(copy, trial);
        verdicts.add({ key: trial.key, lets: trial.lets, ...(by !== undefined && { by }) });
        console.log(
          by === undefined ? `MISSED   ${trial.lets}` : `noticed  ${trial.lets}\n         by ${by}`,
        );
      } catch (error) {
        if (!(error instanceof OutOfTime)) throw error;
        console.log(`no time  ${trial.lets}\n         ${error.message}`);
      }
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}
