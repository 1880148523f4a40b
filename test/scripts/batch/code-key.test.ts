import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { codeKey } from '../../../scripts/batch/code-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'code-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const key = () => codeKey(pathToFileURL(join(folder, 'script.ts')));

it('depends on what a script and its imports do, and on nothing else', async () => {
  write('script.ts', 'import { limit } from "./limits.ts";\nconsole.log(limit);\n');
  write('limits.ts', 'export const limit = 1;\n');
  write('other.ts', 'export const other = 1;\n');
  const before = await key();
  write('other.ts', 'export const other = 2;\n');
  write('limits.ts', '/** Reason. */\nexport const limit   = 1;\nexport const unused = 3;\n');
  expect(await key()).toBe(before);
  write('limits.ts', 'export const limit = 2;\n');
  expect(await key()).not.toBe(before);
});
