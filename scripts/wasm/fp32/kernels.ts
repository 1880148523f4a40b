/**
 * The fp32 kernels that onnxruntime gets, compiled from C: `npm run tool -- fp32-kernels`. It needs clang and lld;
 * afterwards `npm run tool -- runtime` puts them in place.
 */
import { defineTool } from '../../define-tool.ts';
import { compile, type Source } from '../clang.ts';

export const FP32: Source = {
  source: new URL('fp32.c', import.meta.url),
  target: new URL('fp32.wasm', import.meta.url),
  headers: ['../kernel', 'convolution', 'depthwise', 'pool', 'stem'].map(
    (h) => new URL(`${h}.h`, import.meta.url),
  ),
  flags: ['-mrelaxed-simd', '-Wl,-z,stack-size=65536'],
};

export default defineTool({
  name: 'fp32-kernels',
  description:
    "Compile the fp32 kernels of onnxruntime, after a change of their source in C; then 'runtime'",
  args: {},
  run: () => compile(FP32),
});
