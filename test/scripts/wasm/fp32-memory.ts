/** The fp32 kernels that onnxruntime gets, with a memory to put numbers into. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { FP32 } from '../../../scripts/wasm/fp32/kernels.ts';

type Kernel = (...parameters: readonly number[]) => number;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly product_zero: Kernel;
  readonly product_add: Kernel;
  readonly convolution: Kernel;
  readonly max_pool: Kernel;
}

const module = new WebAssembly.Module(readFileSync(FP32.target));
export const wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
wasm.memory.grow(64);

/** Addresses, above the stack. */
export const AT = { a: 0x30000, b: 0x80000, c: 0x100000, parameters: 0x20000, activation: 0x20100 };
export const BUFFER = 0x200000;

export const floats = (address: number, length: number) =>
  new Float32Array(wasm.memory.buffer, address, length);

let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) / 2 ** 23 - 1;
};
/** Random numbers there, and a copy of them. */
export function fill(address: number, length: number): Float32Array {
  const numbers = Float32Array.from({ length }, random);
  floats(address, length).set(numbers);
  return numbers;
}

/** Sums of some hundred products of numbers below 1 differ by less. */
const ROUNDING = 1e-4;

export function expectNear(ours: Float32Array, plain: Float32Array, what: string): void {
  const off = ours.findIndex((x, i) => !(Math.abs(x - (plain[i] as number)) < ROUNDING));
  expect(off, `${what}: ${ours[off]} is not ${plain[off]} at ${off}`).toBe(-1);
}

/** MLAS_ACTIVATION_KIND. */
export const KIND = { identity: 0, relu: 1, tanh: 3, clip: 5 };
