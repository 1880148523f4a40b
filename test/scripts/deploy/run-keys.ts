import { runCommand } from 'citty';
import { vi } from 'vitest';
import keys from '../../../scripts/deploy/keys.ts';

/** Commands that touch no file. */
const KEYLESS = new Set(['template', 'assertion']);

/** The tool `keys` on a list, in this process, as it would end in one of its own. */
export async function runKeys(file: string, args: readonly string[]) {
  const stdout = vi.spyOn(console, 'log').mockReturnValue();
  const stderr = vi.spyOn(console, 'error').mockReturnValue();
  const before = process.exitCode;
  try {
    const rawArgs = KEYLESS.has(args[0] ?? '') ? [...args] : [...args, '--file', file];
    await runCommand(keys, { rawArgs }).catch((error: Error) => {
      if (error.name !== 'CLIError') throw error; // what citty itself tells, and ends with 1
      console.error(error.message);
      process.exitCode = 1;
    });
    const told = ({ mock }: typeof stdout) => mock.calls.flat().join('\n');
    return { status: process.exitCode ?? 0, stdout: told(stdout), stderr: told(stderr) };
  } finally {
    process.exitCode = before;
    vi.restoreAllMocks();
  }
}
