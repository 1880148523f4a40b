/** One core's share of `npm run tool -- teach`. */
import { addMirrors, DIMENSION, embed, takesMirrors } from '../../worker/face/embedding/embed.ts';
import type { Network } from '../../worker/face/network.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { serve } from '../batch/pool.ts';
import type { Shard } from '../batch/shards.ts';
import { nativeNetwork } from '../engine/native.ts';
import { loadNetwork } from '../engine/networks.ts';
import { openPack, planar, readCrops } from './pack.ts';
import { TEACHERS, type Teacher } from './teachers.ts';

export interface TeachTask {
  readonly folder: string;
  /** Name in `TEACHERS`; absent for a network of `model/`. */
  readonly teacher?: string | undefined;
  readonly weights: string;
  /** True where a network of `model/` that takes no mirror image is to take it nevertheless: the mean of both. */
  readonly mirror?: boolean | undefined;
  readonly from: number;
  readonly to: number;
}

let network: Promise<Network> | undefined;
let ours: ReturnType<typeof loadNetwork> | undefined;

serve<TeachTask, Shard>(async (task) => {
  const how = task.teacher === undefined ? undefined : TEACHERS[task.teacher];
  const rows = how ? await teach(task, how) : await embedAsShipped(task);
  return { bytes: new Uint8Array(rows.buffer), notes: null };
});

/** Embeddings by one of ours, by the runtime and the arithmetic that are shipped; with `mirror` the means with those of mirror images. */
async function embedAsShipped(task: TeachTask): Promise<Float32Array> {
  const { folder, weights, mirror, from, to } = task;
  ours ??= loadNetwork(weights);
  const running = await ours;
  const adds = mirror === true && !takesMirrors(running);
  const pack = openPack(folder);
  const out = new Float32Array((to - from) * DIMENSION);
  for (let i = from; i < to; i++) {
    const crop = [planar(readCrops(pack, i, i + 1))];
    const plain = await embed(running, crop);
    const [row] = adds ? await addMirrors(running, crop, plain) : plain;
    out.set(row as Float32Array, (i - from) * DIMENSION);
  }
  return out;
}

async function teach({ folder, weights, from, to }: TeachTask, how: Teacher) {
  network ??= nativeNetwork(weights).then((native) => native ?? loadNetwork(weights));
  const running = await network;
  const pack = openPack(folder);
  const crops = readCrops(pack, from, to);
  const size = pack.height * pack.width * 3;
  const out = new Float32Array((to - from) * how.dimension);
  for (let i = 0; i < to - from; i++) {
    const rgb = crops.subarray(i * size, (i + 1) * size);
    const input = inputOf({ width: pack.width, height: pack.height, rgb }, how);
    const sum = unit(await run(running, input, how));
    const mirror = unit(await run(running, mirrored(input, how.size), how));
    for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (mirror[k] as number);
    out.set(unit(sum), i * how.dimension);
  }
  return out;
}

/** The teacher's input, planar and normalised. */
function inputOf(crop: Pixels, { size, region, mean, deviation }: Teacher): Float32Array {
  const out = new Float32Array(3 * size * size);
  const step = region.side / size;
  const map = {
    a: step,
    b: 0,
    c: region.x + step / 2 - 0.5,
    d: 0,
    e: step,
    f: region.y + step / 2 - 0.5,
  };
  new Pyramid(crop).sample(map, size, size, out);
  for (let i = 0; i < out.length; i++) {
    const channel = Math.floor(i / (size * size));
    out[i] = ((out[i] as number) - (mean[channel] as number)) / (deviation[channel] as number);
  }
  return out;
}

function mirrored(input: Float32Array, size: number): Float32Array {
  const out = new Float32Array(input.length);
  for (let row = 0; row < input.length; row += size) {
    out.set(input.slice(row, row + size).reverse(), row);
  }
  return out;
}

async function run(network: Network, data: Float32Array, { size }: Teacher) {
  const [embedding] = Object.values(await network.run({ data, shape: [1, 3, size, size] }));
  return (embedding as Float32Array).slice();
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
