/** Converted networks of a few weights, and what they give. */
import type { Weight } from '../../../scripts/convert/filter.ts';
import type { OnnxGraph } from '../../../scripts/convert/onnx.ts';
import { compileStockRuntime } from '../../../scripts/engine/modules.ts';
import { createNetwork } from '../../../worker/runtime/onnx.ts';

/** Output of a converted network on an input of so many channels, rows and columns. */
export async function outputOf(
  graph: OnnxGraph,
  shape: readonly number[],
  data: readonly number[],
) {
  const [channels, height, width] = shape as [number, number, number];
  const model = graph.finish(
    'small',
    [{ name: 'input', shape: ['N', channels, height, width] }],
    [{ name: 'embedding', shape: ['N', 'D'] }],
    {},
  );
  const network = await createNetwork(model, compileStockRuntime());
  const { embedding } = await network.run({
    data: Float32Array.from(data),
    shape: [1, channels, height, width],
  });
  return [...(embedding as Float32Array)];
}

export const weight = (shape: readonly number[], ...values: number[]): Weight => ({
  shape,
  values: Float32Array.from(values),
});
