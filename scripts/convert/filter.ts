/** Filters of convolutions, and what they are padded by: rearranged for ONNX. */

/** A constant: its values row by row. */
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The axes in another order: with [3, 2, 0, 1], HWIO becomes OIHW. */
export function transpose({ shape, values }: Weight, order: readonly number[]): Weight {
  const to = order.map((axis) => shape[axis] as number);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const side = to[axis] as number;
      from += (rest % side) * (strides[order[axis] as number] as number);
      rest = Math.floor(rest / side);
    }
    out[i] = values[from] as number;
  }
  return { shape: to, values: out };
}

/** Some rows of the first axis. */
export function rows({ shape, values }: Weight, kept: readonly number[]): Weight {
  const length = values.length / (shape[0] as number);
  const out = new Float32Array(kept.length * length);
  for (const [i, row] of kept.entries()) {
    out.set(values.subarray(row * length, (row + 1) * length), i * length);
  }
  return { shape: [kept.length, ...shape.slice(1)], values: out };
}

/** Each row of the first axis times its factor: the scale behind a convolution, folded into it. */
export function scaled({ shape, values }: Weight, factors: Float32Array): Weight {
  const length = values.length / factors.length;
  return {
    shape,
    values: values.map((value, i) => value * (factors[Math.floor(i / length)] as number)),
  };
}

/** TensorFlow's SAME: as much padding as keeps ceil(size / stride), the odd pixel at the end. */
export function samePads(size: number, kernel: number, stride: number): [number, number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
