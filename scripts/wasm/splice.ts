/** Functions of ours in place of functions of a compiled module, which are found by what is in them. */
import { type FunctionType, unsigned, type WasmBinary } from './binary.ts';

/** Type of a number of 32 bits, a byte of the format. */
export const I32 = 0x7f;

/**
 * Number among the bodies of the one that has these bytes.
 *
 * @param others bytes that it has too
 * @throws Error where it is not the only one
 */
export function only(
  bodies: readonly Uint8Array[],
  bytes: Uint8Array,
  what: string,
  ...others: readonly Uint8Array[]
): number {
  const wanted = [bytes, ...others].map((some) => Buffer.from(some));
  const found = bodies.flatMap((body, i) =>
    wanted.every((some) => Buffer.from(body).includes(some)) ? [i] : [],
  );
  if (found.length !== 1) throw new Error(`${found.length} functions look like the ${what}`);
  return found[0] as number;
}

/**
 * Asks a function of ours first, and the former one, kept under a new index, where ours answers 0.
 *
 * @param former number among the bodies of a function that gives nothing
 * @param parameters that both take
 * @param body ours, which gives an i32
 */
export function withFirst(
  binary: WasmBinary,
  former: number,
  parameters: FunctionType['parameters'],
  body: Uint8Array,
): WasmBinary {
  const kept = binary.withFunction(
    { parameters, results: [] },
    binary.bodies[former] as Uint8Array,
  );
  const added = kept.binary.withFunction({ parameters, results: [I32] }, body);
  const changed = added.binary.bodies;
  const call = (index: number) => {
    const gets = parameters.flatMap((_, i) => [0x20, i]); // local.get i
    return [...gets, 0x10, ...unsigned(index)];
  };
  changed[former] = Uint8Array.of(
    ...[0, ...call(added.index)], // no locals
    ...[0x45, 0x04, 0x40, ...call(kept.index), 0x0b, 0x0b], // i32.eqz, if, end, end
  );
  return added.binary.withBodies(changed);
}
