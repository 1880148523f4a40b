/** The kernels that are carried: those of the sources beside them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { GALLERY_KERNEL } from '../../../scripts/wasm/gallery-kernel.ts';
import { PICTURE_KERNELS } from '../../../scripts/wasm/picture-kernels.ts';

const KERNELS = [
  ...Object.entries(PICTURE_KERNELS).map(
    ([of, source]) => [of, source, 'picture-kernels'] as const,
  ),
  ['galleries', GALLERY_KERNEL, 'gallery-kernel'] as const,
];

describe.each(KERNELS)('kernels of %s', (_, source, tool) => {
  const carried = new WebAssembly.Module(readFileSync(source.target));

  it(`are built from the source as it is (npm run tool -- ${tool})`, () => {
    const [section] = WebAssembly.Module.customSections(carried, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(source));
  });

  it('need nothing from outside', () => {
    expect(WebAssembly.Module.imports(carried)).toEqual([]);
  });
});
