import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceNewerThan } from '../../../scripts/deploy/sources.mjs';

const root = mkdtempSync(join(tmpdir(), 'visavis-sources-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Milliseconds of the epoch at which the file was changed. */
const CHANGED = 1_000_000_000;

beforeAll(() => {
  mkdirSync(join(root, 'code/deep'), { recursive: true });
  writeFileSync(join(root, 'code/deep/a.ts'), '');
  utimesSync(join(root, 'code/deep/a.ts'), CHANGED / 1000, CHANGED / 1000);
});

describe('a source', () => {
  it('is told where it changed later than what is made of it, or at the same time', () => {
    expect(sourceNewerThan(root, ['code'], CHANGED - 1)).toBe('code/deep/a.ts');
    expect(sourceNewerThan(root, ['code/deep/a.ts'], CHANGED)).toBe('code/deep/a.ts');
    expect(sourceNewerThan(root, ['code'], CHANGED + 1)).toBeUndefined();
  });

  it('counts where the caller says so', () => {
    expect(sourceNewerThan(root, ['code'], CHANGED - 1, () => false)).toBeUndefined();
  });

  it('is no link that leads nowhere, as editors lock a file by', () => {
    symlinkSync('somebody@here.1', join(root, 'code/.#a.ts'));
    expect(sourceNewerThan(root, ['code'], CHANGED + 1)).toBeUndefined();
  });
});
