/** The Worker of the tool `speed`, with npm's onnxruntime or the one that is deployed, which carries its networks. */
import stock from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import { createNetwork, openNetwork } from '../../worker/runtime/onnx.ts';
import deployed from '../../worker/runtime/onnxruntime.wasm';
import { speedService } from './speed-service.ts';

export { Attempts, Gallery, GalleryDirectory } from './speed-service.ts';

export default speedService((weights, sha256, env: { readonly RUNTIME?: string }) =>
  env.RUNTIME === 'deployed' ? openNetwork(sha256, deployed) : createNetwork(weights, stock),
);
