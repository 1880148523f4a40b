/**
 * The int8 kernels that onnxruntime gets, compiled from C: `npm run tool -- int8-kernels`. It needs clang and lld,
 * as `picture-kernels.ts` does; afterwards `npm run tool -- runtime` puts them in place.
 */
import { defineTool } from '../../define-tool.ts';
import { compile, type Source } from '../clang.ts';

export const INT8: Source = {
  source: new URL('int8.c', import.meta.url),
  headers: ['../kernel.h', 'add.h', 'depthwise.h', 'rounding.h', 'zip.h'].map(
    (h) => new URL(h, import.meta.url),
  ),
  target: new URL('int8.wasm', import.meta.url),
  flags: ['-mrelaxed-simd', '-Wl,-z,stack-size=65536'],
};

export default defineTool({
  name: 'int8-kernels',
  description:
    "Compile the int8 kernels of onnxruntime, after a change of their source in C; then 'runtime'",
  args: {},
  run: () => compile(INT8),
});
