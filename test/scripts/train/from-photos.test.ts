/** Options that `npm run tool -- train` refuses before it makes crops, which take hours of many photos. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const train = (...options: string[]) =>
  spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'scripts/tool.ts', 'train'],
      ...['--data', '/nowhere', '--out', '/nowhere/mine', ...options],
    ],
    { encoding: 'utf8' },
  );

it.each([
  [['--recipe', 'nosuch'], '--recipe: there is no'],
  [['--recipe', 'mixed'], '--weights MobileFaceNet.onnx is missing'],
  [['--recipe', 'staged'], '--weights MobileFaceNet.onnx is missing'],
  [['--weights', '/nowhere/MobileFaceNet.onnx'], '--weights: there is no /nowhere'],
  [['--minutes', 'many'], '--minutes: not a number above 0: many'],
  [['--teacher', 'expo'], 'expo'],
])('%j', (options, sentence) => {
  const { status, stderr } = train(...options);
  expect(status).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
});
