/** Logistic regression with an L2 penalty, by Nesterov's accelerated gradient (full batches). */

export interface Logistic {
  readonly bias: number;
  readonly weights: Float64Array;
}

/**
 * @param rows features, one row a sample
 * @param labels whether a sample is of the class
 * @param penalty of the squared weights; the bias goes free
 */
export function logistic(
  rows: readonly Float32Array[],
  labels: readonly boolean[],
  penalty: number,
  steps = 300,
): Logistic {
  const length = rows[0]?.length ?? 0;
  // The bias is one more weight, of a feature that is always 1.
  const dot = (weights: Float64Array, row: Float32Array) => {
    let sum = weights[length] as number;
    for (let i = 0; i < length; i++) sum += (weights[i] as number) * (row[i] as number);
    return sum;
  };
  const weighted = (shares: readonly number[]) => {
    const sum = new Float64Array(length + 1);
    for (const [k, row] of rows.entries()) {
      const share = shares[k] as number;
      for (let i = 0; i < length; i++) sum[i] = (sum[i] as number) + share * (row[i] as number);
      sum[length] = (sum[length] as number) + share;
    }
    return sum;
  };
  // The gradient changes at most by a quarter of the largest eigenvalue: power iteration.
  let vector = new Float64Array(length + 1).fill(1 / Math.sqrt(length + 1));
  let largest = 1;
  for (let k = 0; k < 20; k++) {
    const product = weighted(rows.map((row) => dot(vector, row)));
    largest = Math.hypot(...product);
    vector = product.map((value) => value / largest);
  }
  const step = 1 / (largest / 4 + penalty);
  let weights = new Float64Array(length + 1);
  let ahead = weights;
  for (let k = 0; k < steps; k++) {
    const from = ahead;
    const errors = rows.map((row, i) => 1 / (1 + Math.exp(-dot(from, row))) - Number(labels[i]));
    const gradient = weighted(errors);
    const next = from.map(
      (value, i) => value - step * ((gradient[i] as number) + (i < length ? penalty * value : 0)),
    );
    const momentum = k / (k + 3);
    const before = weights;
    ahead = next.map((value, i) => value + momentum * (value - (before[i] as number)));
    weights = next;
  }
  return { bias: weights[length] as number, weights: weights.subarray(0, length) };
}
