/** Command and revision of a measurement, so that every published number names them. */
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

/**
 * The command as a reader would type it. Of paths only the last part is kept: where one machine
 * keeps its pictures is nobody's business.
 *
 * @param argv the arguments behind the tool's name
 */
export function commandLine(tool: string, argv: readonly string[]): string {
  const shown = argv.map((argument) => {
    const [, option = '', value = ''] = /^(--[\w-]+=|)(.*)$/s.exec(argument) ?? [];
    const word = option + (value.includes('/') && !value.startsWith('^') ? basename(value) : value);
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  });
  return ['npm run tool --', tool, ...shown].join(' ');
}

/** Files that the tool `card` itself writes while it measures. */
const WRITTEN = [
  ...['model/*/*.json', 'model/*/*.svg', 'model/MODEL_CARD.md'],
  ...['README.md', 'docs/login.md', 'docs/benchmarks.md'],
];

/**
 * The git revision of code and weights, with `-dirty` where they were changed since; undefined
 * outside git.
 */
export function gitRevision(): string | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const revision = git('rev-parse', '--short=12', 'HEAD');
    const others = WRITTEN.map((path) => `:(exclude,top)${path}`);
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ...others);
    return changed === '' ? revision : `${revision}-dirty`;
  } catch {
    return undefined;
  }
}
