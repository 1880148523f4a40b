/** The compiled codecs, as a test in workerd gets them; `node/codecs.ts` has them for Node. */
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import jpeg from '../../worker/image/jpeg/libjpeg-turbo.wasm';
import png from '../../worker/image/png/png.wasm';

export const codecs = { jpeg, png, webp };
