/** The kernels for pictures that are carried: those of the sources beside them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { PICTURE_KERNELS } from '../../../scripts/wasm/picture-kernels.ts';

describe.each(Object.entries(PICTURE_KERNELS))('kernels of %s', (_, source) => {
  const carried = new WebAssembly.Module(readFileSync(source.target));

  it('are built from the source as it is (npm run tool -- picture-kernels)', () => {
    const [section] = WebAssembly.Module.customSections(carried, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(source));
  });

  it('need nothing from outside', () => {
    expect(WebAssembly.Module.imports(carried)).toEqual([]);
  });
});
