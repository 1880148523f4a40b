/** A network with the interface of a real one, small and quick: a random projection of the crop. */
import { OnnxGraph } from '../../../scripts/convert/onnx.ts';
import { random } from '../../../scripts/statistics/intervals.ts';

/** Sides, in pixels, of the tiles that are averaged: 7 x 4 of them make a crop. */
const TILE = [20, 29] as const;
const TILES = 3 * 7 * 4;

export const METADATA = {
  name: 'standin',
  recipe: 'a random projection',
  data: 'celeba-train mine',
} as const;

export function standIn(seed: number): Uint8Array {
  const onnx = new OnnxGraph();
  const next = random(seed);
  const weights = Float32Array.from({ length: TILES * 128 }, () => next() - 0.5);
  onnx.floats('middle', [1], Float32Array.of(128));
  onnx.floats('weights', [TILES, 128], weights);
  onnx.node('Cast', ['crop'], 'pixels', { to: 1 });
  onnx.node('AveragePool', ['pixels'], 'tiles', { kernel_shape: TILE, strides: TILE });
  onnx.node('Sub', ['tiles', 'middle'], 'centred');
  onnx.node('Flatten', ['centred'], 'features', { axis: 1 });
  onnx.node('MatMul', ['features', 'weights'], 'projected');
  onnx.node('ReduceL2', ['projected'], 'norm', { axes: [1], keepdims: 1 });
  onnx.node('Div', ['projected', 'norm'], 'embedding');
  return onnx.finish(
    'standin',
    [{ name: 'crop', shape: ['N', 3, 140, 116], type: 'uint8' }],
    [{ name: 'embedding', shape: ['N', 128] }],
    METADATA,
  );
}
