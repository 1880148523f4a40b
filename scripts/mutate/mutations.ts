/**
 * Tests of the tests: each check of `mutants.ts` is taken out, in a copy, and the tests that have to
 * notice are run: `npm run tool -- mutations [PATTERN]`. Ends with 1 if any tests still pass.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineTool, Mistake } from '../define-tool.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { findPlace, findTests, readSources } from './places.ts';

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
function isNoticed(copy: string, mutant: Mutant): boolean {
  const { file, mutated } = findPlace(readSources(ROOT), mutant);
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, mutated);
  try {
    return !pass(copy, findTests(ROOT, mutant.tests));
  } finally {
    writeFileSync(path, before);
  }
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
  },
  run({ pattern }) {
    const chosen = MUTANTS.filter(({ lets }) => new RegExp(pattern).test(lets));
    if (chosen.length === 0) throw new Mistake(`no check is described by ${pattern}`);
    const copy = mkdtempSync(join(tmpdir(), 'visavis-mutants-'));
    try {
      copyTree(copy);
      const tests = findTests(ROOT, [...new Set(chosen.flatMap((mutant) => mutant.tests))]);
      if (!pass(copy, tests)) throw new Error('the tests fail with every check in its place');
      const missed = chosen.filter((mutant) => {
        const noticed = isNoticed(copy, mutant);
        console.log(`${noticed ? 'noticed' : 'MISSED '}  ${mutant.lets}`);
        return !noticed;
      });
      console.log(`${chosen.length - missed.length} of ${chosen.length} noticed`);
      if (missed.length > 0) process.exitCode = 1;
    } finally {
      rmSync(copy, { recursive: true });
    }
  },
});
