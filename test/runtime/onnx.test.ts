/** Networks on onnxruntime. */
import { expect, it } from 'vitest';
import { finder } from '../support/engine.ts';

it('have read their input when the promise is there: its memory is used again', async () => {
  const { detector } = await finder();
  const shape = [1, 3, 128, 128];
  const picture = new Float32Array(3 * 128 * 128).map((_, i) => ((i * 37) % 255) / 127.5 - 1);
  const { scores: expected } = await detector.run({ data: picture.slice(), shape });
  const running = detector.run({ data: picture, shape });
  picture.fill(0.5);
  const { scores } = await running;
  expect(scores).toEqual(expected);
  const { scores: other } = await detector.run({ data: picture, shape });
  expect(other).not.toEqual(expected);
});
