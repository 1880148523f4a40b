/**
 * onnxruntime-web under workerd's rules, and under Node's by the same code.
 *
 * workerd compiles WebAssembly only at deploy time: `WebAssembly.compile` and `instantiate` from
 * bytes are refused. The stock package wants bytes, so while it starts it is given a placeholder
 * for the bytes and a `WebAssembly.instantiate` that instantiates the module compiled beforehand.
 */
import * as ort from 'onnxruntime-web/wasm';
import type { Embedder, Tensor } from '../face/network.ts';

/** Sessions are created one after another: the first one starts the runtime for all. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Creates a session for the weights of one model.
 *
 * @param weights an `.onnx` or `.ort` file with one input
 * @param wasm the compiled `ort-wasm-simd-threaded.wasm`
 * @throws Error from onnxruntime when the weights are not a model it can run
 */
export function createNetwork(weights: Uint8Array, wasm: WebAssembly.Module): Promise<Embedder> {
  const session = last.then(() =>
    withModule(wasm, () =>
      ort.InferenceSession.create(weights, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3, // errors: its warnings tell of nothing a deployment can change
      }),
    ),
  );
  last = session.catch(() => undefined);
  return session.then(network);
}

function network(session: ort.InferenceSession): Embedder {
  const name = session.inputNames[0] as string;
  return {
    outputs: session.outputNames,
    async run(input: Tensor) {
      const { data, shape } = input;
      const tensor =
        data instanceof Uint8Array
          ? new ort.Tensor('uint8', data, shape)
          : new ort.Tensor('float32', data, shape);
      const outputs = await session.run({ [name]: tensor });
      return Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, value.data as Float32Array]),
      );
    },
  };
}

async function withModule<T>(module: WebAssembly.Module, create: () => Promise<T>): Promise<T> {
  ort.env.wasm.numThreads = 1; // workerd has no threads
  ort.env.wasm.wasmBinary = new Uint8Array(1); // asked for, never read: see `instantiate`
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (_bytes: unknown, imports?: WebAssembly.Imports) => ({
    instance: new WebAssembly.Instance(module, imports),
    module,
  })) as unknown as typeof instantiate;
  try {
    return await create();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
