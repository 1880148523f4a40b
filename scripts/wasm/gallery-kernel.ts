/**
 * The kernel that galleries are searched by, compiled from C: `npm run tool -- gallery-kernel`. It
 * needs clang and lld, as `picture-kernels.ts` does.
 */
import { defineTool } from '../define-tool.ts';
import { compile, type Source } from './clang.ts';

const FOLDER = new URL('../../worker/gallery/scan/', import.meta.url);

export const GALLERY_KERNEL: Source = {
  source: new URL('scan.c', FOLDER),
  target: new URL('scan.wasm', FOLDER),
  flags: ['-Wl,--export=__heap_base', '-Wl,-z,stack-size=4096'],
};

export default defineTool({
  name: 'gallery-kernel',
  description: 'Compile the kernel of searches in galleries, after a change of its source in C',
  args: {},
  run: () => compile(GALLERY_KERNEL),
});
