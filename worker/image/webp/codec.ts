/**
 * libwebp as compiled to WebAssembly by `@jsquash/webp` 1.5.0, called directly.
 *
 * The package's own glue is Emscripten's: it sets `ImageData` on the global object, assigns
 * `import.meta.url` and copies the RGBA out. What it does for the one function we call is little
 * (`decode`, an embind function from std::string to a JavaScript value), so that is done here. The
 * letters are the names Emscripten's minifier gave in this build; a test pins them.
 */
import { KEEP_WEBP_CODEC_BYTES, MAX_WEBP_CODEC_BYTES } from '../../limits.ts';
import { DecodeError } from '../picture-errors.ts';

interface Exports {
  /** memory */
  s: WebAssembly.Memory;
  /** __wasm_call_ctors */
  t(): void;
  /** malloc */
  u(bytes: number): number;
  /** free */
  v(pointer: number): void;
  /** __indirect_function_table */
  y: WebAssembly.Table;
}

interface Decoder {
  readonly wasm: Exports;
  /** libwebp's `decode`: takes an embind string, returns a value's handle. */
  readonly decode: (text: number) => number;
  /** Receiver of the picture while `decode` runs. */
  use: Use | undefined;
}

/** The pixels lie in wasm memory and are valid during the call only. */
type Use = (rgba: Uint8Array, width: number, height: number) => void;

/** embind's handles of values: null is 2, our own may be anything from 5 up. */
const SOME_VALUE = 5;
const PAGE_BYTES = 65_536;

const idle = new WeakMap<WebAssembly.Module, Decoder>();

/** @throws DecodeError, WebAssembly.RuntimeError where the file is at fault */
export function decodeWebp(module: WebAssembly.Module, bytes: Uint8Array, use: Use): void {
  const decoder = idle.get(module) ?? instantiate(module);
  // Taken out while in use: whatever throws below leaves it behind with its half-done state.
  idle.delete(module);
  const { wasm } = decoder;
  // An embind std::string: its length, then its bytes. The callee copies it.
  const text = wasm.u(4 + bytes.length);
  if (text === 0) throw new Error('out of memory');
  new DataView(wasm.s.buffer).setUint32(text, bytes.length, true);
  new Uint8Array(wasm.s.buffer).set(bytes, text + 4);
  let used = false;
  decoder.use = (rgba, width, height) => {
    used = true;
    use(rgba, width, height);
  };
  decoder.decode(text);
  decoder.use = undefined;
  if (!used) throw new DecodeError('not decoded');
  wasm.v(text);
  if (wasm.s.buffer.byteLength <= KEEP_WEBP_CODEC_BYTES) idle.set(module, decoder);
}

function instantiate(module: WebAssembly.Module): Decoder {
  let decode: Decoder['decode'] | undefined;
  let view = { data: 0, size: 0 };
  const word = (at: number) => new DataView(wasm.s.buffer).getUint32(at, true);
  const isText = (at: number, text: string) =>
    [...text].every((char, i) => new Uint8Array(wasm.s.buffer)[at + i] === char.charCodeAt(0));
  const ignore = () => {};
  const fail = (what: string) => () => {
    throw new DecodeError(what);
  };
  const imports = {
    a: ignore, // _embind_register_memory_view
    b: ignore, // _embind_register_integer
    // _embind_register_function(name, count, types, signature, invoker, function)
    c(name: number, _n: number, _types: number, _s: number, invoker: number, fn: number) {
      if (!isText(name, 'decode\0')) return;
      const call = wasm.y.get(invoker) as (fn: number, text: number) => number;
      decode = (text) => call(fn, text);
    },
    d: ignore, // _emval_decref
    e: () => SOME_VALUE, // _emval_get_global
    f: ignore, // _embind_register_std_wstring
    g: ignore, // _embind_register_std_string
    // _emval_new(constructor, count, types, arguments): 8 bytes an argument. First comes
    // `new Uint8ClampedArray(memory view)`, then `new ImageData(that, width, height)`.
    h(_constructor: number, count: number, _types: number, args: number) {
      if (count === 1) view = { size: word(args), data: word(args + 4) };
      else {
        const rgba = new Uint8Array(wasm.s.buffer, view.data, view.size);
        decoder.use?.(rgba, word(args + 8), word(args + 16));
      }
      return SOME_VALUE;
    },
    i: ignore, // _emval_incref
    j: fail('abort'),
    k: ignore, // _embind_register_float
    l: ignore, // _embind_register_bool
    m: ignore, // _embind_register_void
    n: fail('exception'), // __cxa_throw
    o: ignore, // _embind_register_bigint
    // emscripten_resize_heap
    p(bytes: number) {
      // A lossless file of a few bytes may ask for hundreds of megabytes of Huffman codes.
      if (bytes >>> 0 > MAX_WEBP_CODEC_BYTES) return 0;
      try {
        wasm.s.grow(Math.ceil(((bytes >>> 0) - wasm.s.buffer.byteLength) / PAGE_BYTES));
        return 1;
      } catch {
        return 0;
      }
    },
    // _emscripten_memcpy_big
    q: (to: number, from: number, length: number) =>
      new Uint8Array(wasm.s.buffer).copyWithin(to >>> 0, from >>> 0, (from >>> 0) + (length >>> 0)),
    r: ignore, // _embind_register_emval
  };
  const wasm = new WebAssembly.Instance(module, { a: imports }).exports as unknown as Exports;
  wasm.t();
  if (!decode) throw new Error('not the build we know');
  const decoder: Decoder = { wasm, decode, use: undefined };
  return decoder;
}
