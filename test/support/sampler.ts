/** The sampler as it is deployed, for tests in workerd. */
import module from '../../worker/image/sampling/sampling.wasm';
import { SimdSampler } from '../../worker/image/sampling/simd.ts';

export const sampler = new SimdSampler(module);
