import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PICTURE_LIMITS_BLOCK, pictureLimits } from '../../../scripts/docs/picture-limits.ts';
import { replaceBlock } from '../../../scripts/report/marked-block.ts';

it('docs/api.md has the limits that pictures are held to (npm run openapi)', () => {
  const text = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
  expect(replaceBlock(text, PICTURE_LIMITS_BLOCK, pictureLimits())).toBe(text);
  expect(pictureLimits()).toMatch(/JPEG, baseline +\| 50 /);
});
