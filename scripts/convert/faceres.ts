/**
 * The descriptor of npm `@vladmandic/human`, from a tfjs graph model to ONNX, as a peer.
 *
 * Files: `models/faceres.json` and the weights it names, stored as float16. The network is
 * MobileNet (arXiv:1704.04861) by https://github.com/HSE-asavchenko/HSE_FaceRec_tf; its heads for
 * age and gender are left out.
 *
 * In: `input` [N,3,224,224], RGB, 0..255. Out: `embedding` [N,1024], not of unit length. On pixels
 * of (7 x + 13 y + 31 c) mod 256 it differs by 4e-6 at most, of values up to 2.6, from tfjs 4.22
 * (cpu).
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { samePads, scaled, transpose, type Weight } from './filter.ts';
import { OnnxGraph } from './onnx.ts';
import type { Converted } from './peer-model.ts';
import { readTfjs } from './tfjs.ts';

const SIDE = 224;

/** Strides of MobileNet's thirteen pairs: a depthwise convolution, then one by 1 x 1. */
const STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1] as const;

interface GraphModel {
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

/** @param strides of the pairs; fewer make a shorter network, for tests */
export function faceresGraph(
  weights: ReadonlyMap<string, Weight>,
  side: number = SIDE,
  strides: readonly number[] = STRIDES,
): OnnxGraph {
  const onnx = new OnnxGraph();
  const get = (name: string): Weight => {
    const weight = weights.get(name);
    if (weight === undefined) throw new Error(`no weight ${name}`);
    return weight;
  };
  onnx.floats('0', [], Float32Array.of(0));
  onnx.floats('6', [], Float32Array.of(6));

  let at = 'input';
  let map = side;
  /** A convolution, its bias and ReLU6. @param group how many convolutions it is side by side */
  const conv = (layer: string, filter: Weight, stride: number, group = 1) => {
    const bias = get(`${layer}_bn/batchnorm_1/sub`);
    const kernel = filter.shape[2] as number;
    const [before, after] = samePads(map, kernel, stride);
    onnx.floats(`${layer}/w`, filter.shape, filter.values);
    onnx.floats(`${layer}/b`, [bias.values.length], bias.values);
    onnx.node('Conv', [at, `${layer}/w`, `${layer}/b`], `${layer}/sum`, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [before, before, after, after],
      group,
    });
    onnx.node('Clip', [`${layer}/sum`, '0', '6'], layer);
    at = layer;
    map = Math.ceil(map / stride);
  };
  /** HWIO to OIHW; the scale of batch norm is already folded in. */
  const full = (layer: string) => transpose(get(`${layer}/convolution/merged_input`), [3, 2, 0, 1]);

  conv('conv1', full('conv1'), 2);
  for (const [i, stride] of strides.entries()) {
    const deep = `conv_dw_${i + 1}`;
    const scale = get(`${deep}_bn/batchnorm_1/mul`).values;
    // Height, width, channels, 1: here the scale is apart.
    const filter = scaled(transpose(get(`${deep}/depthwise_kernel`), [2, 3, 0, 1]), scale);
    conv(deep, filter, stride, scale.length);
    conv(`conv_pw_${i + 1}`, full(`conv_pw_${i + 1}`), 1);
  }
  onnx.node('GlobalAveragePool', [at], 'mean');
  onnx.node('Flatten', ['mean'], 'embedding', { axis: 1 });
  return onnx;
}

/** @param file faceres.json, with the weights beside it */
export function faceres(file: string): Converted {
  const { weightsManifest } = JSON.parse(readFileSync(file, 'utf8')) as GraphModel;
  const [path] = weightsManifest[0]?.paths ?? [];
  if (path === undefined) throw new Error(`${file} names no weights`);
  const weights = readFileSync(join(dirname(file), path));
  return { graph: faceresGraph(readTfjs(weightsManifest, weights)), weights };
}
