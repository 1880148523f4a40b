/** The int8 kernels that onnxruntime gets, in workerd. */
import module from '../../scripts/wasm/int8/int8.wasm';
import { testInt8Kernels } from '../support/int8.ts';

testInt8Kernels(module);
