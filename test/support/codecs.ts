/** The compiled codecs, as a test in workerd gets them; `node/codecs.ts` has them for Node. */
import jpeg from '@cwasm/jpeg-turbo/jpeg-turbo.wasm';
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';

export const codecs = { jpeg, webp };
