/**
 * onnxruntime-web under workerd's rules, and under Node's by the same code.
 *
 * workerd compiles WebAssembly only at deploy time: `WebAssembly.compile` and `instantiate` from
 * bytes are refused. The stock package wants bytes, so while it starts it is given a placeholder
 * for the bytes and a `WebAssembly.instantiate` that instantiates the module compiled beforehand.
 *
 * A module may carry networks (`npm run tool -- runtime`): its memory is then that of a runtime in which
 * they were made, and it takes the handle of a session where the stock module takes weights.
 */
import * as ort from 'onnxruntime-web/wasm';
import type { Embedder, Tensor } from '../face/network.ts';

/** Names of the custom section of a module that carries networks, and of the export that puts its memory back. */
export const NETWORKS = 'networks';
export const RESTORE = 'restore';

/** Content of that section, as JSON. */
export interface Carried {
  /** Pages of memory that the module needs at its start. */
  readonly pages: number;
  /** Handles of sessions by SHA-256 of their weights. */
  readonly networks: Readonly<Record<string, number>>;
}

/** Sessions are created one after another: the first one starts the runtime for all. */
let last: Promise<unknown> = Promise.resolve();

/** Puts the memory back to what the module carries; of the stock module there is nothing to put back. */
let restore: (() => void) | undefined;

/** Restorations so far: sessions of before one have lost what they kept in that memory. */
let restored = 0;

/**
 * Creates a session for the weights of one model.
 *
 * @param weights an `.onnx` or `.ort` file with one input
 * @param wasm the compiled `ort-wasm-simd-threaded.wasm`
 * @throws Error from onnxruntime when the weights are not a model it can run
 */
export async function createNetwork(
  weights: Uint8Array,
  wasm: WebAssembly.Module,
): Promise<Embedder> {
  const session = await createSession(weights, wasm, 0);
  return { outputs: session.outputNames, run: (input) => run(session, input) };
}

/**
 * Opens a network that the module carries.
 *
 * @param sha256 of the network's file, in hexadecimal digits
 * @param wasm the compiled module that `npm run tool -- runtime` wrote
 * @throws Error where the module carries no such network
 */
export async function openNetwork(sha256: string, wasm: WebAssembly.Module): Promise<Embedder> {
  const { pages, networks } = carriedBy(wasm);
  const handle = networks[sha256];
  if (handle === undefined) {
    throw new Error(`onnxruntime carries no network ${sha256}: run \`npm run tool -- runtime\``);
  }
  const open = () => createSession(new Uint8Array(Uint32Array.of(handle).buffer), wasm, pages);
  let session = await open();
  let since = restored;
  return {
    outputs: session.outputNames,
    async run(input) {
      if (since !== restored) {
        session = await open();
        since = restored;
      }
      return run(session, input);
    },
  };
}

/** True where the module carries the network of a file. @param sha256 of the file, in hexadecimal digits */
export function carriesNetwork(sha256: string, wasm: WebAssembly.Module): boolean {
  return carriedBy(wasm).networks[sha256] !== undefined;
}

/** Networks by SHA-256 of their files, as the module carries them. */
function carriedBy(wasm: WebAssembly.Module): Carried {
  const [section] = WebAssembly.Module.customSections(wasm, NETWORKS);
  if (section === undefined) return { pages: 0, networks: {} };
  return JSON.parse(new TextDecoder().decode(section)) as Carried;
}

/**
 * Puts the runtime back to how it started, after a trap: whatever it left behind is gone, and the networks
 * go on. No network may be running.
 */
export function restoreRuntime(): void {
  restore?.();
  restored++;
}

/** @param pages of memory at the start; 0 for what the stock package takes */
function createSession(
  model: Uint8Array,
  wasm: WebAssembly.Module,
  pages: number,
): Promise<ort.InferenceSession> {
  const session = last.then(() =>
    withModule(wasm, pages, () =>
      ort.InferenceSession.create(model, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3, // errors: its warnings tell of nothing a deployment can change
      }),
    ),
  );
  last = session.catch(() => undefined);
  return session;
}

async function run(session: ort.InferenceSession, { data, shape }: Tensor) {
  const tensor =
    data instanceof Uint8Array
      ? new ort.Tensor('uint8', data, shape)
      : new ort.Tensor('float32', data, shape);
  const outputs = await session.run({ [session.inputNames[0] as string]: tensor });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

async function withModule<T>(
  module: WebAssembly.Module,
  pages: number,
  create: () => Promise<T>,
): Promise<T> {
  ort.env.wasm.numThreads = 1; // workerd has no threads
  ort.env.wasm.wasmBinary = new Uint8Array(1); // asked for, never read: see `instantiate`
  const { instantiate, Memory } = WebAssembly;
  WebAssembly.instantiate = (async (_bytes: unknown, imports?: WebAssembly.Imports) => {
    const instance = new WebAssembly.Instance(module, imports);
    restore = instance.exports[RESTORE] as (() => void) | undefined;
    return { instance, module };
  }) as unknown as typeof instantiate;
  WebAssembly.Memory = new Proxy(Memory, {
    construct(_, [descriptor]: [WebAssembly.MemoryDescriptor]) {
      const { initial } = descriptor;
      // One of no pages is made too, to see what a shared buffer is.
      const least = initial === 0 ? 0 : Math.max(initial, pages);
      return new Memory({ ...descriptor, initial: least });
    },
  });
  try {
    return await create();
  } finally {
    WebAssembly.instantiate = instantiate;
    WebAssembly.Memory = Memory;
  }
}
