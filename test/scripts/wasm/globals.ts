/** Globals of kernels that stand in another module: theirs would be that module's. */
import { expect } from 'vitest';
import { GLOBAL, type WasmBinary } from '../../../scripts/wasm/binary.ts';

/** Validity without its globals: a module whose functions read or write one has none. */
export function expectNoGlobals(binary: WasmBinary): void {
  const without = binary.with(GLOBAL, Uint8Array.of(0)).bytes();
  expect(WebAssembly.validate(without)).toBe(true);
}
