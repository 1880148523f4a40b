/** The libjpeg that is carried: npm's, but for one function. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { WasmBinary } from '../../../scripts/wasm/binary.ts';
import { tellWarnings } from '../../../scripts/wasm/libjpeg.ts';

const require = createRequire(import.meta.url);
const stock = readFileSync(require.resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm'));
const carried = readFileSync(
  new URL('../../../worker/image/jpeg/libjpeg-turbo.wasm', import.meta.url),
);

it('is what the script makes of it', () => {
  expect(carried.equals(tellWarnings(stock))).toBe(true);
});

it('differs in one function', () => {
  const bodiesOf = (bytes: Uint8Array) => WasmBinary.parse(bytes).bodies;
  const [before, after] = [bodiesOf(stock), bodiesOf(carried)];
  const differing = before.filter((body, i) => !Buffer.from(body).equals(after[i] as Uint8Array));
  expect(after.length).toBe(before.length);
  expect(differing.length).toBe(1);
});

it('is not made of another build', () => {
  expect(() => tellWarnings(stock.subarray(1))).toThrow(/not the build/);
});
