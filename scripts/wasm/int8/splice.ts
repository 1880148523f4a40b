/**
 * Our int8 kernels in place of onnxruntime-web's own, in its compiled module.
 *
 * The product of matrices is its one function with `i32x4.dot_i16x8`. What is asked of it goes to our
 * function first, and to the former one, kept under a new index, where ours answers that it does not
 * know it; the same holds for sums of tensors and depthwise convolutions. Requantization has no function of its own: it is the end of one, found by its first
 * instructions, before whose loop a call to ours goes. And a convolution is no longer divided into tasks.
 */
import { readFileSync } from 'node:fs';
import { unsigned, WasmBinary } from '../binary.ts';
import { I32, only, withFirst } from '../splice.ts';
import { INT8 } from './kernels.ts';

/** `i32x4.dot_i16x8_s`. */
const DOT = Uint8Array.of(0xfd, 0xba, 0x01);

/** Types: six and eight numbers. */
const OF_PRODUCT = new Array<number>(6).fill(I32);
const REQUANTIZE = { parameters: new Array<number>(8).fill(I32), results: [] };

/** Locals of the function that requantizes, where that begins; rows and columns are not 0. */
const LOCAL = { rows: 6, columns: 5, in: 7, out: 9, bias: 8, scale: 11, scaleBytes: 1, zero: 12 };

/** Bounds of a byte around the zero: `255 - zero` as 255 xor zero, `0 - zero`. */
const BOUNDS = [
  ...[0x22, LOCAL.zero, 0x41, 0xff, 0x01, 0x73, 0xb3, 0x21, 20], // local.tee, i32.const 255, i32.xor, f32.convert_i32_u, local.set
  ...[0x41, 0x00, 0x20, LOCAL.zero, 0x6b, 0xb2, 0x21, 21], // i32.const 0, local.get, i32.sub, f32.convert_i32_s, local.set
];

/** The loop's beginning: `rows - 1`, then the test for more than one scale. */
const LOOP = [
  ...[0x20, LOCAL.rows, 0x41, 0x01, 0x6b, 0x21, 0x00], // local.get, i32.const 1, i32.sub, local.set 0
  ...[0x20, LOCAL.scaleBytes, 0x41, 0x05, 0x4f, 0x04, 0x40], // local.get, i32.const 5, i32.ge_u, if
];
const REQUANTIZATION = Uint8Array.of(...BOUNDS, ...LOOP);

/** The sum's reading of scales and zeros, each followed by its local, which that of a product has too. */
const SCALES = Uint8Array.of(
  ...[0x20, 0, 0x2a, 2, 52, 0x21, 22, 0x20, 0, 0x2d, 0, 64, 0x21, 7], // f32.load offset=52, i32.load8_u offset=64
  ...[0x20, 8, 0x6a, 0x20, 5, 0x6a, 0x21, 5], // where the second begins: i32.add, i32.add
  ...[0x20, 0, 0x2a, 2, 56, 0x21, 23, 0x20, 0, 0x2d, 0, 65, 0x21, 8], // the same of the second
  ...[0x20, 0, 0x2a, 2, 60, 0x21, 24, 0x20, 0, 0x2d, 0, 66, 0x21, 6], // and of the result
);
/** Its addition: f32x4.mul, f32x4.add, local.get 11, f32x4.div. */
const ADDITION = Uint8Array.of(0xfd, 0xe6, 0x01, 0xfd, 0xe4, 0x01, 0x20, 11, 0xfd, 0xe7, 0x01);
const OF_SUM = [I32];

/** A depthwise convolution's zeros of weights and inputs in all lanes, and its reading of four signed weights and of the last of four unsigned inputs. */
const ZEROS = Uint8Array.of(0x20, 3, 0xfd, 0x11, 0x21, 19, 0x20, 1, 0xfd, 0x11, 0x21, 20); // local.get, i32x4.splat, local.set
const WEIGHTS = Uint8Array.of(0xfd, 0x5c, 0, 0, 0xfd, 0x87, 0x01, 0xfd, 0xa7, 0x01); // v128.load32_zero, i16x8 and i32x4.extend_low_s
const INPUTS = Uint8Array.of(0xfd, 0x54, 0, 0, 3, 0xfd, 0x89, 0x01, 0xfd, 0xa9, 0x01); // v128.load8_lane, i16x8 and i32x4.extend_low_u
const OF_DEPTHWISE = new Array<number>(8).fill(I32);

/**
 * Rows of a convolution's product that are one task (`ComputeOutputStride` of qlinearconv.cc): f64.const 65536, and i64.const
 * 1048576. A map would be five tasks even for one thread, all that a Worker has, and each would pack all weights.
 */
export const TASK = Uint8Array.of(0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x40);
const BIG_WEIGHT = Uint8Array.of(0x42, 0x80, 0x80, 0xc0, 0x00);
/** All pixels of the map: no locals, local.get 1, i32.wrap_i64, end. */
const WHOLE_MAP = Uint8Array.of(0, 0x20, 1, 0xa7, 0x0b);

/** @throws Error for a module of another build, in which these functions are not found so */
export function withInt8Kernels(stock: WasmBinary): WasmBinary {
  const ours = WasmBinary.parse(readFileSync(INT8.target));
  const [product, requantize] = ['product', 'requantize'].map((name) => ours.exportedBody(name));
  const bodies = stock.bodies;
  const former = only(bodies, DOT, 'product of int8 matrices');
  const requantizer = only(bodies, REQUANTIZATION, 'requantization');
  const sum = only(bodies, SCALES, 'sum of int8 tensors', ADDITION);
  const first = withFirst(
    withFirst(stock, former, OF_PRODUCT, product as Uint8Array),
    sum,
    OF_SUM,
    ours.exportedBody('add'),
  );
  const depthwise = only(bodies, ZEROS, 'depthwise convolution of bytes', WEIGHTS, INPUTS);
  const second = withFirst(first, depthwise, OF_DEPTHWISE, ours.exportedBody('depthwise'));
  const all = second.withFunction(REQUANTIZE, requantize as Uint8Array);
  const changed = all.binary.bodies;
  changed[only(bodies, TASK, 'division into tasks', BIG_WEIGHT)] = WHOLE_MAP;
  changed[requantizer] = requantizing(changed[requantizer] as Uint8Array, all.index);
  return all.binary.withBodies(changed);
}

/** The function with a call to ours and a way out before its own requantization. */
function requantizing(body: Uint8Array, ours: number): Uint8Array {
  const get = (local: number) => [0x20, local];
  const call = [
    ...[...get(LOCAL.in), ...get(LOCAL.out), ...get(LOCAL.bias), ...get(LOCAL.scale)],
    ...[...get(LOCAL.scaleBytes), 0x41, 0x05, 0x4f], // i32.const 5, i32.ge_u
    ...[...get(LOCAL.zero), ...get(LOCAL.rows), ...get(LOCAL.columns)],
    ...[0x10, ...unsigned(ours), 0x0c, 0x00], // call, br 0: where nothing is left to do
  ];
  const at = Buffer.from(body).indexOf(REQUANTIZATION) + BOUNDS.length;
  return Uint8Array.of(...body.subarray(0, at), ...call, ...body.subarray(at));
}
