/**
 * Reads MXNet's files: a network's parameters (`.params`) and its graph (`-symbol.json`).
 *
 * A `.params` file is a list of arrays as `NDArray::Save` writes them
 * (https://github.com/apache/mxnet/blob/master/src/ndarray/ndarray.cc), all little endian.
 */
import type { Weight } from './filter.ts';

const LIST = 0x112n;
const ARRAY = 0xf993fac9; // its second version
const FLOAT32 = 0;

/**
 * The parameters by name, without the `arg:` or `aux:` before it.
 *
 * @throws Error for what is no such file, is cut short, or is not dense float32
 */
export function readParams(bytes: Uint8Array): Map<string, Weight> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (length: number): number => {
    if (at + length > bytes.length) throw new Error('the parameters are cut short');
    at += length;
    return at - length;
  };
  const int = () => view.getInt32(skip(4), true);
  const long = () => view.getBigInt64(skip(8), true);

  const array = (): Weight => {
    const [version, storage] = [int() >>> 0, int()];
    const shape = Array.from({ length: int() }, () => Number(long()));
    skip(8); // the device it was saved from
    if (version !== ARRAY || storage !== 0 || int() !== FLOAT32)
      throw new Error('an array that is not dense float32');
    const length = 4 * shape.reduce((a, b) => a * b, 1);
    const start = skip(length);
    const raw = Uint8Array.from(bytes.subarray(start, start + length)); // a copy of its own, aligned
    return { shape, values: new Float32Array(raw.buffer) };
  };
  const text = (): string => {
    const length = Number(long());
    const start = skip(length);
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  };

  if (long() !== LIST) throw new Error('not an MXNet .params file');
  long(); // reserved
  const arrays = Array.from({ length: Number(long()) }, array);
  const names = Array.from({ length: Number(long()) }, text);
  return new Map(names.map((name, i) => [name.replace(/^\w+:/, ''), arrays[i] as Weight]));
}

/** An operator, or with `null` a parameter or the input. */
export interface SymbolNode {
  readonly op: string;
  readonly name: string;
  /** All as text: "(3, 3)", "True", "0.5". */
  readonly attrs: Readonly<Record<string, string>>;
  /** Names of the nodes that it takes. */
  readonly inputs: readonly string[];
}

/** The nodes, each after its inputs; the last is the output. */
export function readSymbol(text: string): SymbolNode[] {
  const { nodes } = JSON.parse(text) as {
    readonly nodes: readonly {
      readonly op: string;
      readonly name: string;
      readonly attrs?: Record<string, string>;
      readonly inputs: readonly (readonly [node: number, output: number, version: number])[];
    }[];
  };
  return nodes.map(({ op, name, attrs = {}, inputs }) => ({
    op,
    name,
    attrs,
    inputs: inputs.map(([node]) => nodes[node]?.name ?? ''),
  }));
}
