/** Runs the trainer's own tests, which are in Python, where there is a Python that can. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { python } from '../support/node/python.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

if (!python)
  console.warn('Left out: the trainer, for want of a Python with torch, onnx and numpy.');

it.skipIf(!python)(
  'passes the tests of the trainer',
  () => {
    const args = ['-m', 'unittest', 'discover', '-s', FOLDER];
    const { status, stderr } = spawnSync(python ?? '', args, { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^Ran [1-9]\d* tests/m); // `discover` is content with none
  },
  600_000,
);
