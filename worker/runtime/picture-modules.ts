/** The compiled modules that decode and sample pictures. */
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import type { Engine } from '../face/pipeline.ts';
import jpeg from '../image/jpeg/libjpeg-turbo.wasm';
import png from '../image/png/png.wasm';
import sampling from '../image/sampling/sampling.wasm';
import { SimdSampler } from '../image/sampling/simd.ts';

/** The part of an engine that no network is in; the sampler is instantiated at each call. */
export function pictureModules(): Pick<Engine, 'codecs' | 'sampler'> {
  return { codecs: { jpeg, png, webp }, sampler: new SimdSampler(sampling) };
}
