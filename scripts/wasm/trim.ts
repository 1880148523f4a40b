/**
 * The onnxruntime that the Worker carries: the stock npm module with int8 kernels of ours in place of its
 * own (`int8/`), and with the bodies of all functions that our networks never call replaced by a trap:
 * `npm run tool -- trim`.
 *
 * Of 17,000 functions some 4,000 are called. Less code is less to upload, to compile at a cold
 * start and to keep in an isolate's memory; what is left runs as it did, to the bit (the test
 * beside this holds the outputs against the stock module's). To be run again whenever a network
 * is added or onnxruntime-web is updated: a call into a removed function is a WebAssembly trap.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import type { Network } from '../../worker/face/network.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import { defineTool } from '../define-tool.ts';
import { instructionsAt, join, unsigned, WasmBinary } from './binary.ts';
import { withInt8Kernels } from './int8/splice.ts';

const STOCK = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
const TARGET = new URL('../../worker/runtime/onnxruntime.wasm', import.meta.url);
const MODELS = new URL('../../model/', import.meta.url);

/** Body `unreachable`, `end`: it fits any function's type. */
const TRAP = Uint8Array.of(0, 0x00, 0x0b);

export default defineTool({
  name: 'trim',
  description: "Make the Worker's onnxruntime: the stock one without what no network calls",
  run: trim,
});

async function trim(): Promise<void> {
  const stock = readFileSync(STOCK);
  const binary = withInt8Kernels(WasmBinary.parse(stock));
  if (WebAssembly.Module.imports(new WebAssembly.Module(stock)).some((i) => i.kind === 'global')) {
    throw new Error('this module imports globals: their indices come first');
  }
  const bodies = binary.bodies;
  const called = await calledFunctions(binary);
  const trimmed = binary.withBodies(bodies.map((body, i) => (called[i] ? body : TRAP))).bytes();
  new WebAssembly.Module(trimmed); // throws when it is not valid
  writeFileSync(TARGET, trimmed);
  const megabytes = (bytes: Uint8Array) => `${(bytes.length / 1e6).toFixed(2)} MB`;
  console.log(
    `${called.filter(Boolean).length} of ${bodies.length} functions kept: ` +
      `${megabytes(stock)} -> ${megabytes(trimmed)}, gzip ${megabytes(gzipSync(stock))} -> ${megabytes(gzipSync(trimmed))}`,
  );
}

/** Functions that run when every deployed network is made and used in every way we use it. */
async function calledFunctions(binary: WasmBinary): Promise<boolean[]> {
  const bodies = binary.bodies;
  const { binary: marked, first } = binary.withGlobals(bodies.length, 'called');
  const instrumented = marked.withBodies(
    bodies.map((body, i) => {
      const at = instructionsAt(body);
      const mark = join([Uint8Array.of(0x41, 0x01, 0x24), unsigned(first + i)]); // i32.const 1, global.set
      return join([body.subarray(0, at), mark, body.subarray(at)]);
    }),
  );
  let exports: WebAssembly.Exports = {};
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      exports = this.exports;
    }
  };
  try {
    await exercise(new WebAssembly.Module(instrumented.bytes()));
  } finally {
    WebAssembly.Instance = Instance;
  }
  return bodies.map((_, i) => (exports[`called${i}`] as WebAssembly.Global).value === 1);
}

/** All uses of the networks, and enough of them at once that the memory has to grow. */
async function exercise(runtime: WebAssembly.Module): Promise<void> {
  const use = async (file: URL, run: (network: Network) => Promise<unknown>) => {
    await run(await createNetwork(readFileSync(file), runtime));
  };
  // The first network is made twice: a failed start is tried again in the same isolate.
  for (let i = 0; i < 2; i++) {
    await use(new URL('blazeface.onnx', MODELS), (detector) =>
      detector.run({ data: new Float32Array(3 * 128 * 128), shape: [1, 3, 128, 128] }),
    );
  }
  await use(new URL('facemesh.onnx', MODELS), (landmarker) =>
    landmarker.run({ data: new Float32Array(3 * 192 * 192), shape: [1, 3, 192, 192] }),
  );
  for (const name of readdirSync(MODELS)) {
    const file = new URL(`${name}/network.onnx`, MODELS);
    if (!existsSync(file)) continue;
    await use(file, async (embedder) => {
      for (const count of [1, 2, 64, 1, 5, 256]) {
        const shape = [count, 3, CROP_HEIGHT, CROP_WIDTH];
        const size = count * 3 * CROP_HEIGHT * CROP_WIDTH;
        const data = new Uint8Array(size).map((_, i) => (i * 7919) % 256);
        await embedder.run({ data, shape });
      }
    });
  }
  // The error of a broken model is kept as well.
  await createNetwork(Uint8Array.of(1, 2, 3), runtime).then(
    () => Promise.reject(new Error('a broken model was accepted')),
    () => undefined,
  );
}
