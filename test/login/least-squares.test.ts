import { describe, expect, it } from 'vitest';
import { solver } from '../../worker/login/least-squares.ts';
import { random } from '../support/random.ts';

describe('solver', () => {
  it('finds the coefficients that made the right-hand side, for one after the other', () => {
    const next = random(7);
    const rows = Array.from({ length: 40 }, () =>
      Float64Array.from({ length: 6 }, () => next(1000) / 1000 - 0.5),
    );
    const solve = solver(rows, 6);
    for (let run = 0; run < 3; run++) {
      const wanted = Float64Array.from({ length: 6 }, () => next(1000) / 250 - 2);
      const right = rows.map((row) =>
        row.reduce((sum, value, k) => sum + value * (wanted[k] as number), 0),
      );
      const found = solve(right);
      for (const [k, value] of wanted.entries()) expect(found[k]).toBeCloseTo(value, 4);
    }
  });

  it('misses least where no coefficients fit: a line through points off it', () => {
    const rows = [0, 1, 2, 3].map((x) => Float64Array.of(1, x));
    const [offset, slope] = solver(rows, 2)([1, 0, 3, 2]);
    expect(offset).toBeCloseTo(0.6, 4);
    expect(slope).toBeCloseTo(0.6, 4);
  });

  it('has an answer where an unknown does not matter', () => {
    const rows = [Float64Array.of(1, 0), Float64Array.of(2, 0)];
    const found = solver(rows, 2)([3, 6]);
    expect(found[0]).toBeCloseTo(3, 4);
    expect(found[1]).toBe(0);
  });
});
