/** What was run, for the record: so that every published number names its command. */
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

/**
 * The command as a reader would type it. Of paths only the last part is kept: where one machine
 * keeps its pictures is nobody's business.
 *
 * @param argv the arguments behind the script's name
 */
export function commandLine(script: string, argv: readonly string[]): string {
  const shown = argv.map((argument) => {
    const word =
      argument.includes('/') && !argument.startsWith('^') ? basename(argument) : argument;
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  });
  return [`npm run ${script}`, ...(shown.length > 0 ? ['--', ...shown] : [])].join(' ');
}

/** The git revision of the code, with `-dirty` where files were changed; undefined outside git. */
export function gitRevision(): string | undefined {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
