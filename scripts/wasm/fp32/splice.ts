/**
 * Our fp32 kernels in place of onnxruntime-web's own, in its compiled module.
 *
 * The product of matrices has two functions that begin alike: one writes sums, the other adds to what is there.
 * A convolution of one group, or a pooling, is asked of ours first, and of the former one where ours does not know it.
 */
import { readFileSync } from 'node:fs';
import { WasmBinary } from '../binary.ts';
import { I32, only, withFirst } from '../splice.ts';
import { FP32 } from './kernels.ts';

/** The product's beginning: its factor in every lane of a local, then the test for two rows. */
const product = (local: number) =>
  Uint8Array.of(
    ...[0x20, 8, 0xfd, 0x13, 0x21, local], // local.get, f32x4.splat, local.set
    ...[0x02, 0x40, 0x20, 4, 0x41, 2, 0x4f, 0x04, 0x40], // block, local.get, i32.const, i32.ge_u, if
  );

/** Number of that local in the function that writes the product, and in the one that adds it. */
const FACTOR = { zero: 13, add: 15 };

/** Test of a convolution for two dimensions, and its call for windows of other pictures. */
const CONVOLUTION = Uint8Array.of(
  0x20,
  0,
  0x28,
  2,
  4,
  0x41,
  2,
  0x47,
  0x04,
  0x40,
  0x20,
  0,
  0x20,
  1,
  0x20,
  4,
  0x41,
  0,
  0x20,
  14,
);
const OF_CONVOLUTION = new Array<number>(8).fill(I32);

/** Max-pooling's reading of padding and width, and the least number, which it begins with. */
const POOLING = Uint8Array.of(
  ...[0x20, 0, 0x28, 2, 64, 0x22, 4, 0x41, 2, 0x74, 0x22, 8, 0x6a, 0x21, 16], // (i32.load offset=64) << 2, i32.add
  ...[0x20, 0, 0x28, 2, 80, 0x21, 7, 0x20, 0, 0x28, 2, 8, 0x21, 9], // i32.load offset=80, i32.load offset=8
);
const LEAST = Uint8Array.of(0xfd, 0x0c, ...new Array(4).fill([0xff, 0xff, 0x7f, 0xff]).flat()); // v128.const
const OF_POOLING = new Array<number>(4).fill(I32);

/** @throws Error for a module of another build, in which these functions are not found so */
export function withFp32Kernels(stock: WasmBinary): WasmBinary {
  const ours = WasmBinary.parse(readFileSync(FP32.target));
  const bodies = stock.bodies;
  for (const [name, local] of Object.entries(FACTOR)) {
    bodies[only(bodies, product(local), `fp32 product (${name})`)] = ours.exportedBody(
      `product_${name}`,
    );
  }
  const convolution = only(bodies, CONVOLUTION, 'convolution');
  const convolving = withFirst(
    stock.withBodies(bodies),
    convolution,
    OF_CONVOLUTION,
    ours.exportedBody('convolution'),
  );
  const pooling = only(bodies, POOLING, 'max-pooling', LEAST);
  return withFirst(convolving, pooling, OF_POOLING, ours.exportedBody('max_pool'));
}
