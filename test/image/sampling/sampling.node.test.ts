/** The sampling kernels that are carried: those of the source beside them. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SECTION, sourceSha256 } from '../../../scripts/runtime/clang.ts';
import { SAMPLING } from '../../../scripts/runtime/sampling.ts';

const carried = new WebAssembly.Module(
  readFileSync(new URL('../../../worker/image/sampling/sampling.wasm', import.meta.url)),
);

it('are built from the source as it is (npm run tool -- sampling)', () => {
  const [section] = WebAssembly.Module.customSections(carried, SECTION);
  expect(new TextDecoder().decode(section)).toBe(sourceSha256(SAMPLING));
});

it('need nothing from outside', () => {
  expect(WebAssembly.Module.imports(carried)).toEqual([]);
});
