/**
 * The kernels that libjpeg-turbo gets, compiled from C: `npm run tool -- jpeg-kernels`. It needs clang and lld,
 * and puts them into the module that the Worker carries.
 */
import { defineTool } from '../../define-tool.ts';
import { compile, type Source } from '../clang.ts';
import { writeLibjpeg } from './libjpeg.ts';

export const JPEG: Source = {
  source: new URL('jpeg.c', import.meta.url),
  headers: [new URL('../kernel.h', import.meta.url)],
  target: new URL('jpeg.wasm', import.meta.url),
  flags: ['-Wl,-z,stack-size=65536'],
};

export default defineTool({
  name: 'jpeg-kernels',
  description:
    'Compile the kernels of libjpeg-turbo and put them in place, after a change of their source in C',
  args: {},
  run: () => {
    compile(JPEG);
    writeLibjpeg();
  },
});
