/**
 * The sampling kernels that the Worker carries, compiled from C: `npm run tool -- sampling`.
 *
 * It needs clang and lld (Debian: `clang-14 lld-14`); nobody else does, since the module is kept in
 * the repository.
 */
import { defineTool } from '../define-tool.ts';
import { compile, type Source } from './clang.ts';

const FOLDER = new URL('../../worker/image/sampling/', import.meta.url);

export const SAMPLING: Source = {
  source: new URL('sampling.c', FOLDER),
  target: new URL('sampling.wasm', FOLDER),
  flags: ['-Wl,--export=__heap_base', '-Wl,-z,stack-size=4096'],
};

export default defineTool({
  name: 'sampling',
  description: 'Compile the sampling kernels, after a change of their source in C',
  args: {},
  run: () => compile(SAMPLING),
});
