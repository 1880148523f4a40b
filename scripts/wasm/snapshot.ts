/**
 * A module that starts with its heap as it was (`heap.ts`): its networks are there at once.
 *
 * The heap is a passive segment of data (WebAssembly Core Specification 2.0, 2.5.7): runs of bytes
 * without long gaps of zeros, and a table of them before it. The function that runs at the start copies
 * them into memory and sets the globals. It is exported as well, as `restore`: after a trap it puts
 * everything back.
 */

import { type Carried, NETWORKS, RESTORE } from '../../worker/runtime/onnx.ts';
import { IMPORT, join, KIND, readUnsigned, signed, unsigned, type WasmBinary } from './binary.ts';
import { type ExportNames, type Heap, PAGE } from './heap.ts';

const START = 8;
const DATA = 11;
const DATA_COUNT = 12;

/** Shortest row of zeros between two runs, in bytes: the table takes 8 a run. */
const GAP = 16;

/**
 * @param binary the module that the heap was made by
 * @param constructors export that is called first, and has nothing left to do
 * @param contents what `openNetwork` finds in it
 */
export function withHeap(
  binary: WasmBinary,
  heap: Heap,
  names: ExportNames & { readonly constructors: string },
  contents: Carried,
): WasmBinary {
  const runs = runsOf(heap.memory);
  const table = new Uint8Array(
    Uint32Array.from(runs.flatMap(([at, end]) => [at, end - at])).buffer,
  );
  const bytes = join([table, ...runs.map(([at, end]) => heap.memory.subarray(at, end))]);
  const segment = join([Uint8Array.of(1, 1), unsigned(bytes.length), bytes]); // one, passive
  const start = readUnsigned(binary.section(START), 0).value;
  const bodies = binary.bodies;
  bodies[start - binary.importedFunctions] = restoring(heap, runs, table.length);
  return (
    binary
      .withBodies(bodies)
      .withExportedBody(names.constructors, Uint8Array.of(0, 0x0b))
      .withExportedBody(names.init, Uint8Array.of(0, 0x41, 0, 0x0b)) // i32.const 0: no error
      // "Weights" are the handle of a session: local.get 0, i32.load.
      .withExportedBody(names.createSession, Uint8Array.of(0, 0x20, 0, 0x28, 0, 0, 0x0b))
      .with(DATA_COUNT, unsigned(1))
      .with(DATA, segment)
      .with(IMPORT, withPages(binary.section(IMPORT), heap.memory.length / PAGE))
      .withExports(KIND.function, [[RESTORE, start]])
      .withCustomSection(NETWORKS, new TextEncoder().encode(JSON.stringify(contents)))
  );
}

/** Ranges of the memory, each from its first byte that is not zero to after its last. */
function runsOf(memory: Uint8Array): (readonly [start: number, end: number])[] {
  const runs: (readonly [number, number])[] = [];
  let start = -1;
  let end = 0;
  for (let at = 0; at < memory.length; at++) {
    if (memory[at] === 0) continue;
    if (start >= 0 && at - end >= GAP) {
      runs.push([start, end]);
      start = at;
    }
    if (start < 0) start = at;
    end = at + 1;
  }
  return start < 0 ? runs : [...runs, [start, end]];
}

/** Body of the function that copies the runs and sets the globals. */
function restoring(
  { memory, globals }: Heap,
  runs: readonly (readonly [number, number])[],
  tableBytes: number,
): Uint8Array {
  const number = (value: number) => [0x41, ...signed(value)]; // i32.const
  const table = gapFor(runs, tableBytes, memory.length);
  const [ENTRY, SOURCE] = [0, 1]; // locals: address in the table, offset in the segment
  const length = [0x20, ENTRY, 0x28, 2, 4]; // local.get, i32.load 4
  const clear = [
    ...[...number(0), ...number(0), 0x3f, 0, ...number(16), 0x74, 0xfc, 0x0b, 0], // memory.size << 16, memory.fill
    ...[...number(table), ...number(0), ...number(tableBytes), 0xfc, 0x08, 0, 0], // memory.init
    ...[...number(table), 0x21, ENTRY, ...number(tableBytes), 0x21, SOURCE], // local.set
  ];
  const copy = [
    ...[0x03, 0x40], // loop
    ...[0x20, ENTRY, 0x28, 2, 0, 0x20, SOURCE, ...length, 0xfc, 0x08, 0, 0], // memory.init
    ...[0x20, SOURCE, ...length, 0x6a, 0x21, SOURCE], // i32.add
    ...[0x20, ENTRY, ...number(8), 0x6a, 0x22, ENTRY], // local.tee
    ...[...number(table + tableBytes), 0x49, 0x0d, 0, 0x0b], // i32.lt_u, br_if 0, end
    ...[...number(table), ...number(0), ...number(tableBytes), 0xfc, 0x0b, 0], // memory.fill
  ];
  const set = globals.flatMap((value, i) => [...number(value), 0x24, ...unsigned(i)]); // global.set
  return Uint8Array.of(1, 2, 0x7f, ...clear, ...copy, ...set, 0x0b); // two locals of i32
}

/** Address where the table fits while it is read: it is zero in the heap. */
function gapFor(
  runs: readonly (readonly [number, number])[],
  bytes: number,
  memory: number,
): number {
  let from = 0;
  for (const [start, end] of [...runs, [memory, memory] as const]) {
    const at = (from + 3) & ~3;
    if (start - at >= bytes) return at;
    from = end;
  }
  throw new Error('the heap has no place for the table of its runs');
}

/** The section of imports with another least number of pages for the memory in it. */
function withPages(imports: Uint8Array, pages: number): Uint8Array {
  let at = readUnsigned(imports, 0).next;
  while (at < imports.length) {
    for (let names = 0; names < 2; names++) {
      const { value, next } = readUnsigned(imports, at);
      at = next + value;
    }
    const kind = imports[at];
    if (kind === KIND.memory) {
      const limits = at + 2; // after the flags
      const { next } = readUnsigned(imports, limits);
      return join([imports.subarray(0, limits), unsigned(pages), imports.subarray(next)]);
    }
    if (kind !== KIND.function) break;
    at = readUnsigned(imports, at + 1).next;
  }
  throw new Error('no memory among the imports');
}
