/**
 * The heap of onnxruntime once its networks are made: the module's memory and globals, and the handles of
 * its sessions.
 *
 * Making a network (reading the file, optimizing the graph, laying out weights) is most of a cold
 * start, and gives the same every time. So it is done here, once (as Wizer does for other modules:
 * https://github.com/bytecodealliance/wizer), and `snapshot.ts` puts its result into the module.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import { KIND, unsigned, type WasmBinary } from './binary.ts';

const GLUE = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.mjs');

/** Page of a memory, in bytes. */
export const PAGE = 65_536;

const I32 = 0x7f;

/** Index of the global that the stack's top is in, as every compiler of the LLVM family has it. */
const STACK_POINTER = 0;

export interface Heap {
  readonly memory: Uint8Array;
  /** Values of the module's globals, which are numbers of 32 bits. */
  readonly globals: readonly number[];
  /** Sessions in the order of their weights. */
  readonly handles: readonly number[];
}

/** Exports of onnxruntime-web's module, whose names are of one letter or two. */
export interface ExportNames {
  readonly init: string;
  readonly createSession: string;
  readonly free: string;
}

/** @throws Error for another onnxruntime-web, whose JavaScript looks different */
export function exportNames(): ExportNames {
  const glue = readFileSync(GLUE, 'utf8');
  const named = (name: string): string => {
    const found = new RegExp(`\\.${name}=\\w+\\.(\\w+)[;,]`).exec(glue)?.[1];
    if (found === undefined) throw new Error(`onnxruntime-web exports no ${name}`);
    return found;
  };
  return {
    init: named('_OrtInit'),
    createSession: named('_OrtCreateSession'),
    free: named('_free'),
  };
}

/**
 * Makes networks of weights in a runtime of their own. A process can do it once: onnxruntime-web holds
 * one runtime.
 *
 * @param weights files of ONNX
 * @returns the heap, and the name of the export that was called first, which runs constructors
 */
export async function makeHeap(
  binary: WasmBinary,
  weights: readonly Uint8Array[],
): Promise<{ heap: Heap; constructors: string }> {
  const names = exportNames();
  const globals = Array.from({ length: binary.globals }, (_, i) => [`global${i}`, i] as const);
  const open = withClearingFree(binary, names.free).withExports(KIND.global, globals);
  const module = new WebAssembly.Module(open.bytes());
  if (WebAssembly.Module.imports(module).some(({ kind }) => kind === 'global')) {
    throw new Error('this module imports globals: their indices come first');
  }
  const handles: number[] = [];
  let constructors = '';
  let memory: WebAssembly.Memory | undefined;
  let exports: WebAssembly.Exports = {};
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(of: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(of, imports);
      exports = this.exports;
      memory = memoryIn(imports);
      const watched = Object.entries(exports).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value];
        const call = (...given: unknown[]) => {
          constructors ||= name;
          const result = value(...given);
          if (name === names.createSession) handles.push(result >>> 0);
          return result;
        };
        return [name, call];
      });
      Object.defineProperty(this, 'exports', { value: Object.fromEntries(watched) });
    }
  };
  try {
    for (const bytes of weights) await createNetwork(bytes, module);
  } finally {
    WebAssembly.Instance = Instance;
  }
  if (memory === undefined) throw new Error('this module imports no memory');
  const values = globals.map(([name]) => (exports[name] as WebAssembly.Global).value as number);
  const bytes = used(new Uint8Array(memory.buffer));
  clearStack(bytes, values[STACK_POINTER] as number);
  return { heap: { memory: bytes, globals: values, handles }, constructors };
}

/** Pages that runs of the networks on one picture take beyond: some 50, and a few to spare. */
const PAGES_OF_RUNS = 56;

/**
 * Copy of the memory up to its last page that is not zero, and of what runs need beyond, more or less than Emscripten
 * has grown it by. dlmalloc ends what it has of it with a word that is not zero.
 */
function used(memory: Uint8Array): Uint8Array {
  const end = memory.findLastIndex((byte) => byte !== 0) + 1;
  const bytes = new Uint8Array((Math.ceil(end / PAGE) + PAGES_OF_RUNS) * PAGE);
  bytes.set(memory.subarray(0, end));
  return bytes;
}

function memoryIn(imports: WebAssembly.Imports = {}): WebAssembly.Memory | undefined {
  const all = Object.values(imports).flatMap((module) => Object.values(module));
  return all.find((value) => value instanceof WebAssembly.Memory);
}

/**
 * The module with a `free` that fills with zeros what it frees: a file that was read need not be carried. A
 * block's size is in the word before it, with flags in its last three bits (dlmalloc, emscripten's allocator).
 */
function withClearingFree(binary: WasmBinary, free: string): WasmBinary {
  const former = binary.exportedBody(free);
  const { binary: both, index } = binary.withFunction({ parameters: [I32], results: [] }, former);
  const size = [
    ...[0x20, 0, 0x41, 4, 0x6b, 0x28, 2, 0], // local.get 0, i32.const 4, i32.sub, i32.load
    ...[0x41, 0x78, 0x71, 0x41, 8, 0x6b], // i32.const -8, i32.and, i32.const 8, i32.sub
  ];
  const clear = [0x20, 0, 0x41, 0, ...size, 0xfc, 0x0b, 0]; // local.get 0, i32.const 0, SIZE, memory.fill
  const body = [
    ...[0x20, 0, 0x04, 0x40, ...clear, 0x0b], // local.get 0, if CLEAR end
    ...[0x20, 0, 0x10, ...unsigned(index), 0x0b], // local.get 0, call, end
  ];
  return both.withExportedBody(free, Uint8Array.of(0, ...body));
}

/** Fills with zeros what calls have left below the stack's top: as far down as nothing else begins. */
function clearStack(memory: Uint8Array, top: number): void {
  const LEAST_GAP = PAGE; // never written to, so zero: below what calls have reached
  let zeros = 0;
  for (let at = top - 1; at >= 0 && zeros < LEAST_GAP; at--) {
    zeros = memory[at] === 0 ? zeros + 1 : 0;
    memory[at] = 0;
  }
}
