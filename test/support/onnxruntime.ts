/**
 * The Worker's onnxruntime, as tests inside workerd get it: from a binding. What they import as a file
 * reaches workerd as a JSON list of its bytes, and 14 MB of those cost 25 s of CPU.
 */
import { env } from 'cloudflare:workers';

interface RunnerBindings {
  /** Bytes of the module (`miniflare.dataBlobBindings` of vitest.config.ts). */
  readonly ONNXRUNTIME: ArrayBuffer;
  /** The test runner's own binding, which compiles where a Worker may not. */
  readonly __VITEST_POOL_WORKERS_UNSAFE_EVAL: {
    newWasmModule(bytes: Uint8Array): WebAssembly.Module;
  };
}

const { ONNXRUNTIME, __VITEST_POOL_WORKERS_UNSAFE_EVAL: compiler } =
  env as unknown as RunnerBindings;

export default compiler.newWasmModule(new Uint8Array(ONNXRUNTIME));
