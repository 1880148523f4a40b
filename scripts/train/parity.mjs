/**
 * The int8 file against its fp32 twin in onnxruntime-web, as the Worker runs them: cosine crop by crop, time side by side.
 *
 *   node scripts/train/parity.mjs FP32.onnx INT8.onnx PACK [--count 200] [--least 0.97]
 *
 * Where onnxruntime-node is installed too, also counts the operators of the optimized int8 graph: no float convolution
 * may be left. (The numbers come from onnxruntime-web only: the native build saturates in uint8 x int8 products on
 * processors without VNNI.)
 */
import { existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-web/wasm';

/** Operators that are counted in the optimized graph. */
const OPERATORS = [
  ...['Conv', 'FusedConv', 'ConvInteger', 'QLinearConv', 'Concat', 'QLinearConcat'],
  ...['MaxPool', 'NhwcMaxPool', 'Gemm', 'QGemm', 'QuantizeLinear', 'DequantizeLinear', 'Transpose'],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    least: { type: 'string', default: '0.97' },
  },
});
const [fp32, int8, pack] = positionals;
if (pack === undefined) {
  console.error(
    'node scripts/train/parity.mjs FP32.onnx INT8.onnx PACK [--count N] [--least COSINE]',
  );
  process.exit(2);
}
for (const file of [fp32, int8, join(pack, 'pack.json')]) {
  if (existsSync(file)) continue;
  console.error(`there is no ${file}`);
  process.exit(2);
}
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const crops = readCrops(pack, Number(values.count));
const float = await ort.InferenceSession.create(readFileSync(fp32));
const small = await ort.InferenceSession.create(readFileSync(int8));

const cosines = [];
for (const crop of crops) {
  const a = await embed(float, crop);
  const b = await embed(small, crop);
  cosines.push(a.reduce((sum, v, i) => sum + v * b[i], 0));
}
// In turns, so that both meet the same neighbours on the machine, but in blocks, so that neither empties the other's
// caches at every run; the least of many is what the code itself takes.
const times = [[], []];
for (let block = 0; block < 24; block++) {
  const session = [float, small][block % 2];
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    await embed(session, crops[i % crops.length]);
    times[block % 2].push(performance.now() - start);
  }
}
const [slow, fast] = times.map((t) => Math.min(...t));
const mean = cosines.reduce((a, b) => a + b) / cosines.length;
const result = {
  crops: crops.length,
  cosine: { mean: round(mean), least: round(Math.min(...cosines)) },
  milliseconds: { fp32: round(slow), int8: round(fast), ratio: round(slow / fast) },
  operators: await operators(int8),
};
console.log(JSON.stringify(result, null, 2));
const float32Convolutions = (result.operators?.Conv ?? 0) + (result.operators?.FusedConv ?? 0);
if (mean < Number(values.least) || float32Convolutions > 0) process.exit(1);

async function embed(session, crop) {
  const [embedding] = Object.values(await session.run({ crop }));
  return embedding.data;
}

/** The first crops of a pack, each as the network's planar input. */
function readCrops(folder, wanted) {
  const { count, height, width } = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'));
  const size = height * width;
  const file = openSync(join(folder, 'crops.u8'));
  return Array.from({ length: Math.min(wanted, count) }, (_, n) => {
    const rgb = new Uint8Array(size * 3);
    readSync(file, rgb, 0, rgb.length, n * rgb.length);
    const planes = new Uint8Array(size * 3);
    for (let i = 0; i < size; i++)
      for (let c = 0; c < 3; c++) planes[c * size + i] = rgb[i * 3 + c];
    return new ort.Tensor('uint8', planes, [1, 3, height, width]);
  });
}

/** {operator: how many} of the graph as onnxruntime runs it, or null without the native package. */
async function operators(path) {
  const native = await import('onnxruntime-node').catch(() => null);
  if (native === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'parity-'));
  const optimized = join(folder, 'optimized.onnx');
  await native.default.InferenceSession.create(path, {
    optimizedModelFilePath: optimized,
    logSeverityLevel: 3,
  });
  // A node's operator is field 4 of its protobuf message: the byte 0x22 ("), the name's length, the name.
  const text = readFileSync(optimized).toString('latin1');
  rmSync(folder, { recursive: true });
  const counts = OPERATORS.map((name) => [
    name,
    text.split(`"${String.fromCharCode(name.length)}${name}`).length - 1,
  ]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function round(x) {
  return Number(x.toFixed(4));
}
