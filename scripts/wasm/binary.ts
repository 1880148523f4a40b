/**
 * A WebAssembly binary taken apart into sections, for changing functions' bodies in place.
 *
 * WebAssembly Core Specification 2.0, chapter 5 (binary format). Nothing is renumbered: types,
 * imports, tables, data and every function's index stay as they are; what is added comes last.
 */

interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const CUSTOM = 0;
const TYPE = 1;
const FUNCTION = 3;
/** Number of the section of globals. */
export const GLOBAL = 6;
const EXPORT = 7;
const CODE = 10;

/** Kinds of what is imported and exported, each a byte of the format. */
export const KIND = { function: 0, memory: 2, global: 3 } as const;

/** Number of the section of imports. */
export const IMPORT = 2;

/** Types of what a function takes and gives, each a byte of the format: 0x7f is i32. */
export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** Name of an export, and index of what it exports. */
type Export = readonly [name: string, index: number];

export class WasmBinary {
  private constructor(private readonly sections: readonly Section[]) {}

  static parse(bytes: Uint8Array): WasmBinary {
    const sections: Section[] = [];
    let at = 8; // after "\0asm" and the version
    while (at < bytes.length) {
      const id = bytes[at] as number;
      const size = readUnsigned(bytes, at + 1);
      sections.push({ id, bytes: bytes.subarray(size.next, size.next + size.value) });
      at = size.next + size.value;
    }
    return new WasmBinary(sections);
  }

  /** Bodies of the module's own functions, in order, each from its locals to its `end`. */
  get bodies(): Uint8Array[] {
    return this.entries(CODE, (bytes, at) => {
      const size = readUnsigned(bytes, at);
      return { start: size.next, next: size.next + size.value };
    });
  }

  withBodies(bodies: readonly Uint8Array[]): WasmBinary {
    const parts = bodies.flatMap((body) => [unsigned(body.length), body]);
    return this.with(CODE, join([unsigned(bodies.length), ...parts]));
  }

  /** Adds a function, and says its index. */
  withFunction(type: FunctionType, body: Uint8Array): { binary: WasmBinary; index: number } {
    const types = this.section(TYPE);
    const count = readUnsigned(types, 0);
    const { parameters, results } = type;
    const added = Uint8Array.of(0x60, parameters.length, ...parameters, results.length, ...results);
    const functions = this.section(FUNCTION);
    const had = readUnsigned(functions, 0);
    const binary = this.with(
      TYPE,
      join([unsigned(count.value + 1), types.subarray(count.next), added]),
    )
      .with(
        FUNCTION,
        join([unsigned(had.value + 1), functions.subarray(had.next), unsigned(count.value)]),
      )
      .withBodies([...this.bodies, body]);
    return { binary, index: this.importedFunctions + had.value };
  }

  /** @throws Error where no function is exported by that name */
  exportedBody(name: string): Uint8Array {
    return this.bodies[this.exportedIndex(name)] as Uint8Array;
  }

  /** @throws Error where no function is exported by that name */
  withExportedBody(name: string, body: Uint8Array): WasmBinary {
    const bodies = this.bodies;
    bodies[this.exportedIndex(name)] = body;
    return this.withBodies(bodies);
  }

  /** Number among the module's own functions of that which is exported by this name. */
  private exportedIndex(name: string): number {
    const exports = this.section(EXPORT);
    let at = readUnsigned(exports, 0).next;
    while (at < exports.length) {
      const length = readUnsigned(exports, at);
      const end = length.next + length.value;
      const text = new TextDecoder().decode(exports.subarray(length.next, end));
      const index = readUnsigned(exports, end + 1);
      if (exports[end] === KIND.function && text === name) {
        return index.value - this.importedFunctions;
      }
      at = index.next;
    }
    throw new Error(`no function ${name} is exported`);
  }

  /** Imported functions, whose indices come before those of the module's own. */
  get importedFunctions(): number {
    if (!this.sections.some(({ id }) => id === IMPORT)) return 0;
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(this.bytes()));
    return imports.filter(({ kind }) => kind === 'function').length;
  }

  /** Number of the module's own globals; their indices begin at 0 where it imports none. */
  get globals(): number {
    return readUnsigned(this.section(GLOBAL), 0).value;
  }

  /** Adds `count` mutable i32 globals at 0, exported as `prefix0`, `prefix1`, ... */
  withGlobals(count: number, prefix: string): { binary: WasmBinary; first: number } {
    const globals = this.section(GLOBAL);
    const { value: first, next } = readUnsigned(globals, 0);
    const zero = Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b); // i32, mutable, i32.const 0, end
    const added = new Array<Uint8Array>(count).fill(zero);
    const content = join([unsigned(first + count), globals.subarray(next), ...added]);
    const names = Array.from({ length: count }, (_, i): Export => [`${prefix}${i}`, first + i]);
    return { binary: this.with(GLOBAL, content).withExports(KIND.global, names), first };
  }

  /** @param added names and indices, all of one kind */
  withExports(kind: (typeof KIND)[keyof typeof KIND], added: readonly Export[]): WasmBinary {
    const exports = this.section(EXPORT);
    const { value, next } = readUnsigned(exports, 0);
    const entries = added.map(([name, index]) =>
      join([lengthAnd(new TextEncoder().encode(name)), Uint8Array.of(kind), unsigned(index)]),
    );
    const content = [unsigned(value + added.length), exports.subarray(next), ...entries];
    return this.with(EXPORT, join(content));
  }

  /** Adds a custom section (5.5.3), which `WebAssembly.Module.customSections` reads. */
  withCustomSection(name: string, content: Uint8Array): WasmBinary {
    const bytes = join([lengthAnd(new TextEncoder().encode(name)), content]);
    return new WasmBinary([...this.sections, { id: CUSTOM, bytes }]);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const parts = this.sections.flatMap(({ id, bytes }) => [
      Uint8Array.of(id),
      unsigned(bytes.length),
      bytes,
    ]);
    return join([header, ...parts]);
  }

  /** @throws Error where the module has no such section */
  section(id: number): Uint8Array {
    const found = this.sections.find((section) => section.id === id);
    if (found === undefined) throw new Error(`no section ${id} in this module`);
    return found.bytes;
  }

  /** The module with other content in a section that it has. */
  with(id: number, bytes: Uint8Array): WasmBinary {
    return new WasmBinary(this.sections.map((s) => (s.id === id ? { id, bytes } : s)));
  }

  private entries(
    id: number,
    step: (bytes: Uint8Array, at: number) => { start: number; next: number },
  ): Uint8Array[] {
    const bytes = this.section(id);
    const count = readUnsigned(bytes, 0);
    let at = count.next;
    return Array.from({ length: count.value }, () => {
      const { start, next } = step(bytes, at);
      at = next;
      return bytes.subarray(start, next);
    });
  }
}

/** Offset of a body's instructions: after its declarations of locals. */
export function instructionsAt(body: Uint8Array): number {
  const groups = readUnsigned(body, 0);
  let at = groups.next;
  for (let i = 0; i < groups.value; i++) at = readUnsigned(body, at).next + 1; // count, one-byte type
  return at;
}

/** LEB128, as the format writes unsigned numbers. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

/** LEB128, as the format writes signed numbers of 32 bits. */
export function signed(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f;
    const last = rest >> 6 === 0 || rest >> 6 === -1; // its sign is that of bit 6
    bytes.push(last ? low : low | 0x80);
    if (last) return Uint8Array.from(bytes);
  }
}

/** Bytes after their number. */
function lengthAnd(bytes: Uint8Array): Uint8Array {
  return join([unsigned(bytes.length), bytes]);
}

export function readUnsigned(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let at = start;
  for (let shift = 0; ; shift += 7, at++) {
    const byte = bytes[at] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, next: at + 1 };
  }
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
