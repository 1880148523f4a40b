/** Reads the weights of a TensorFlow.js model: a manifest and the bytes it describes. */
import type { Weight } from './filter.ts';
import { half } from './half.ts';

/**
 * Quantization of a weight's bytes; absent: as it is. The value of a uint8 is `byte * scale + min`.
 */
interface Quantization {
  readonly dtype: string;
  readonly scale?: number;
  readonly min?: number;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: Quantization;
}

/** Bytes a value, by how it is stored. */
const WIDTH: Readonly<Record<string, number>> = { uint8: 1, float16: 2, float32: 4, int32: 4 };

/**
 * The weights by name, as floats.
 *
 * @param manifest of one group of one file (`weights_manifest.json`, parsed)
 * @throws Error for a type we do not know, or when bytes are left over or missing
 */
export function readTfjs(manifest: unknown, bytes: Uint8Array): Map<string, Weight> {
  const [group] = manifest as readonly { readonly weights: readonly Entry[] }[];
  if (group === undefined) throw new Error('a manifest without weights');
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of group.weights) {
    const count = shape.reduce((a, b) => a * b, 1);
    const stored = quantization?.dtype ?? dtype;
    const width = WIDTH[stored];
    if (width === undefined) throw new Error(`${name}: ${stored} is not known`);
    const length = width * count;
    const raw = Uint8Array.from(bytes.subarray(at, at + length)); // a copy of its own, aligned
    if (raw.length < length) throw new Error(`${name}: the weights are cut short`);
    const values = floats(raw, stored, quantization);
    weights.set(name, { shape, values });
    at += length;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes of weights are left over`);
  return weights;
}

function floats(
  raw: Uint8Array<ArrayBuffer>,
  stored: string,
  { scale = 1, min = 0 } = {},
): Float32Array {
  switch (stored) {
    case 'uint8':
      return Float32Array.from(raw, (byte) => byte * scale + min);
    case 'float16':
      return Float32Array.from(new Uint16Array(raw.buffer), half);
    case 'int32':
      return Float32Array.from(new Int32Array(raw.buffer));
    default:
      return new Float32Array(raw.buffer);
  }
}
