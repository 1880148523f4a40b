/**
 * A module without the bodies of functions that are never called: a trap stands in their place.
 *
 * Less code is less to upload, to compile at a cold start and to keep in memory; what is left runs as it
 * did, to the bit.
 */
import { instructionsAt, join, unsigned, type WasmBinary } from './binary.ts';

/** Body `unreachable`, `end`: it fits any function's type. */
const TRAP = Uint8Array.of(0, 0x00, 0x0b);

/**
 * @param use everything that the module will ever be asked, of an instance of the module it is given
 * @returns the module, and how many functions were called
 */
export async function trimmed(
  binary: WasmBinary,
  use: (module: WebAssembly.Module) => Promise<unknown>,
): Promise<{ binary: WasmBinary; kept: number }> {
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
    await use(new WebAssembly.Module(instrumented.bytes()));
  } finally {
    WebAssembly.Instance = Instance;
  }
  const called = bodies.map((_, i) => (exports[`called${i}`] as WebAssembly.Global).value === 1);
  const kept = bodies.map((body, i) => (called[i] ? body : TRAP));
  return { binary: binary.withBodies(kept), kept: called.filter(Boolean).length };
}
