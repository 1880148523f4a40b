/** Least squares: many equations, few unknowns. */

export type Matrix = readonly Float64Array[];

/**
 * Makes ready to solve `rows · x = right` for many right-hand sides, by the normal equations.
 *
 * @returns the function from a right-hand side to the x that misses it least
 */
export function solver(rows: Matrix, size: number): (right: ArrayLike<number>) => Float64Array {
  const inverse = invert(gram(rows, size), size);
  return (right) => {
    const sums = new Float64Array(size);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Float64Array;
      const value = right[i] as number;
      for (let k = 0; k < size; k++) sums[k] = (sums[k] as number) + (row[k] as number) * value;
    }
    const out = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      let sum = 0;
      for (let l = 0; l < size; l++) sum += (inverse[k * size + l] as number) * (sums[l] as number);
      out[k] = sum;
    }
    return out;
  };
}

function gram(rows: Matrix, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (const row of rows) {
    for (let k = 0; k < size; k++) {
      const a = row[k] as number;
      for (let l = k; l < size; l++) {
        out[k * size + l] = (out[k * size + l] as number) + a * (row[l] as number);
      }
    }
  }
  for (let k = 0; k < size; k++) {
    // A trace of the identity, so that what has no texture at all can be solved for too.
    out[k * size + k] = (out[k * size + k] as number) * (1 + 1e-6) + 1e-12;
    for (let l = 0; l < k; l++) out[k * size + l] = out[l * size + k] as number;
  }
  return out;
}

/** Gauss-Jordan without pivoting: the matrix is positive definite. */
function invert(matrix: Float64Array, size: number): Float64Array {
  const a = Float64Array.from(matrix);
  const out = new Float64Array(size * size);
  for (let k = 0; k < size; k++) out[k * size + k] = 1;
  for (let k = 0; k < size; k++) {
    const pivot = a[k * size + k] as number;
    for (let l = 0; l < size; l++) {
      a[k * size + l] = (a[k * size + l] as number) / pivot;
      out[k * size + l] = (out[k * size + l] as number) / pivot;
    }
    for (let row = 0; row < size; row++) {
      const factor = a[row * size + k] as number;
      if (row === k || factor === 0) continue;
      for (let l = 0; l < size; l++) {
        a[row * size + l] = (a[row * size + l] as number) - factor * (a[k * size + l] as number);
        out[row * size + l] =
          (out[row * size + l] as number) - factor * (out[k * size + l] as number);
      }
    }
  }
  return out;
}
