/**
 * The kernels for pictures that the Worker carries, compiled from C: `npm run tool --
 * picture-kernels`.
 *
 * It needs clang and lld (Debian: `clang-19 lld-19`); nobody else does, since the modules are kept in
 * the repository.
 */
import { defineTool } from '../define-tool.ts';
import { compile, type Source } from './clang.ts';

const FOLDER = new URL('../../worker/image/', import.meta.url);
const at = (path: string) => new URL(path, FOLDER);
const HALVE = at('sampling/halve.h');

export const PICTURE_KERNELS = {
  sampling: {
    source: at('sampling/sampling.c'),
    headers: [HALVE],
    target: at('sampling/sampling.wasm'),
    flags: ['-Wl,--export=__heap_base', '-Wl,-z,stack-size=4096'],
  },
  png: {
    source: at('png/png.c'),
    headers: [HALVE, ...['bits', 'huffman', 'inflate', 'unfilter'].map((h) => at(`png/${h}.h`))],
    target: at('png/png.wasm'),
    flags: ['-mbulk-memory', '-Wl,-z,stack-size=4096'],
  },
} as const satisfies Record<string, Source>;

export default defineTool({
  name: 'picture-kernels',
  description: 'Compile the kernels of sampling and PNG, after a change of their source in C',
  args: {},
  run: () => Object.values(PICTURE_KERNELS).forEach(compile),
});
