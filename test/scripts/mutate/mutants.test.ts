import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../../scripts/mutate/mutants.ts';

describe('MUTANTS', () => {
  it.each(MUTANTS)('has a check that stands once in its file: $lets', ({ file, check }) => {
    const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    expect(text.split(check)).toHaveLength(2);
  });
});
