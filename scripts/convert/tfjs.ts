/** Reads the weights of a TensorFlow.js model: a manifest and the bytes it describes. */

/** How a weight lies in the bytes; absent: as float32. Its value is `byte * scale + min`. */
interface Quantization {
  readonly dtype: string;
  readonly scale: number;
  readonly min: number;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: Quantization;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

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
    if (stored !== 'uint8' && stored !== 'float32')
      throw new Error(`${name}: ${stored} is not known`);
    const length = stored === 'uint8' ? count : 4 * count;
    const raw = Uint8Array.from(bytes.subarray(at, at + length)); // a copy of its own, aligned
    if (raw.length < length) throw new Error(`${name}: the weights are cut short`);
    const values =
      quantization === undefined
        ? new Float32Array(raw.buffer)
        : Float32Array.from(raw, (byte) => byte * quantization.scale + quantization.min);
    weights.set(name, { shape, values });
    at += length;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes of weights are left over`);
  return weights;
}
