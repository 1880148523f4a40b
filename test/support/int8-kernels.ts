/** The int8 kernels that onnxruntime gets, opened for tests, and addresses in their memory. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  product(shape: number, matrices: number, m0: number, m: number, n0: number, n: number): number;
  requantize(...parameters: readonly number[]): void;
  add(helper: number): number;
  depthwise(
    inputs: number,
    zero: number,
    filter: number,
    filterZero: number,
    out: number,
    channels: number,
    outputs: number,
    taps: number,
  ): number;
}

/** Addresses, above the stack. */
export const AT = {
  shape: 0x20000,
  matrices: 0x20040,
  zero: 0x20080,
  a: 0x30000,
  b: 0x80000,
  c: 0x100000,
};

/** The kernels in memory of their own, and numbers that look random but are always the same. */
export interface Int8Kernels {
  readonly wasm: Exports;
  /** Its bytes, which move when it grows. */
  readonly memory: () => ArrayBuffer;
  readonly random: (below: number) => number;
}

/** @param module `int8.wasm` */
export function openInt8Kernels(module: WebAssembly.Module): Int8Kernels {
  const wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
  wasm.memory.grow(64);
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  return { wasm, memory: () => wasm.memory.buffer as ArrayBuffer, random };
}
