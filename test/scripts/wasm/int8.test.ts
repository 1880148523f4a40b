/** The int8 kernels that onnxruntime gets, in Node. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { WasmBinary } from '../../../scripts/wasm/binary.ts';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { INT8 } from '../../../scripts/wasm/int8/kernels.ts';
import { TASK, withInt8Kernels } from '../../../scripts/wasm/int8/splice.ts';
import { testInt8Kernels } from '../../support/int8.ts';

const bytes = readFileSync(INT8.target);
const module = new WebAssembly.Module(bytes);
const CARRIED = new URL('../../../worker/runtime/onnxruntime.wasm', import.meta.url);

testInt8Kernels(module);

describe('the kernels', () => {
  it('are built from the source as it is (npm run tool -- int8-kernels)', () => {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(INT8));
  });

  it('need nothing from outside, and call nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WasmBinary.parse(bytes).bodies.length).toBe(4);
  });

  it('are in the onnxruntime that is carried (npm run tool -- runtime)', () => {
    const ours = WasmBinary.parse(bytes);
    const carried = readFileSync(CARRIED);
    for (const name of ['product', 'requantize', 'add', 'depthwise']) {
      expect(carried.includes(Buffer.from(ours.exportedBody(name))), name).toBe(true);
    }
  });

  it('get whole convolutions there, not divided into tasks', () => {
    const { bodies } = WasmBinary.parse(readFileSync(CARRIED));
    expect(bodies.filter((body) => Buffer.from(body).includes(Buffer.from(TASK)))).toEqual([]);
  });

  it('are put into no module in which their places are not found', () => {
    const jpeg = createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm');
    const other = WasmBinary.parse(readFileSync(jpeg));
    expect(() => withInt8Kernels(other)).toThrow('0 functions look like the product');
  });
});
