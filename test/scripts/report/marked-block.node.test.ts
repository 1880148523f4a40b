import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { Mistake } from '../../../scripts/mistake.ts';
import { replaceBlock, requireBlock } from '../../../scripts/report/marked-block.ts';

const TEXT = 'before\n<!-- a:begin -->\nold\n<!-- a:end -->\nafter <!-- b:begin -->';

it('replaces what stands between the marks, and nothing else', () => {
  const text = replaceBlock(TEXT, 'a', 'new');
  expect(text).toBe(TEXT.replace('old', 'new'));
  expect(() => replaceBlock(TEXT, 'b', 'new')).toThrow('no <!-- b:begin -->');
});

it('names the marks that a document lacks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'marks-'));
  const file = pathToFileURL(join(folder, 'some.md'));
  writeFileSync(file, TEXT);
  expect(() => requireBlock(file, 'a')).not.toThrow();
  for (const name of ['b', 'c']) {
    expect(() => requireBlock(file, name)).toThrow(Mistake);
    expect(() => requireBlock(file, name)).toThrow(
      `some.md has no place for it: <!-- ${name}:begin`,
    );
  }
  rmSync(folder, { recursive: true });
});
