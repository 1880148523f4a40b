import { runCommand } from 'citty';
import { afterEach, expect, it, vi } from 'vitest';
import sittings from '../../../scripts/quality/sittings.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

it('tells plainly of a pattern that is none', async () => {
  const error = vi.spyOn(console, 'error').mockReturnValue();
  await runCommand(sittings, { rawArgs: ['none', '--only', '('] });
  expect(error).toHaveBeenCalledWith(expect.stringMatching(/^--only: Invalid regular expression/));
});
