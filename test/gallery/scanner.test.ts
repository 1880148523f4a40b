import { describe, expect, it } from 'vitest';
import { DIMENSION, type Embedding } from '../../worker/face/embedding/embed.ts';
import { quantize } from '../../worker/face/embedding/template.ts';
import { BLOCK_ROWS, type Block, ROUNDING, Scanner } from '../../worker/gallery/scan/scanner.ts';
import { unitVector, unitVectors } from '../support/vectors.ts';

function blockOf(templates: readonly Int8Array[]): Block {
  const codes = new Int8Array(BLOCK_ROWS * DIMENSION);
  const scales = new Float32Array(BLOCK_ROWS);
  for (const [row, template] of templates.entries()) {
    codes.set(template, row * DIMENSION);
    scales[row] = 1 / Math.hypot(...template);
  }
  return { codes, scales };
}

const cosine = (codes: Int8Array, probe: Embedding) =>
  codes.reduce((sum, code, i) => sum + code * (probe[i] as number), 0) / Math.hypot(...codes);

/** The largest difference to the cosines by their definition. */
function error(templates: readonly Int8Array[], probe: Embedding): number {
  const scanner = new Scanner();
  scanner.aim(probe);
  const cosines = scanner.cosines(blockOf(templates));
  return Math.max(
    ...templates.map((codes, i) => Math.abs((cosines[i] as number) - cosine(codes, probe))),
  );
}

describe('cosines of a block', () => {
  it('are right within half the rounding that a search allows for', () => {
    const templates = unitVectors(BLOCK_ROWS, 21).map(quantize);
    for (let seed = 0; seed < 5; seed++) {
      expect(error(templates, unitVector(400 + seed))).toBeLessThan(ROUNDING / 2);
    }
  });

  it('are right where every product is the largest there is', () => {
    const all = new Float32Array(DIMENSION).fill(1 / Math.sqrt(DIMENSION));
    const one = Float32Array.from(all, (_, i) => (i === 127 ? -1 : 0));
    const templates = [new Int8Array(DIMENSION).fill(127), new Int8Array(DIMENSION).fill(-127)];
    for (const probe of [all, all.map((value) => -value), one]) {
      expect(error(templates, probe)).toBeLessThan(ROUNDING / 2);
    }
  });
});
