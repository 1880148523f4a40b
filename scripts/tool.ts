/** All tools behind one command line: `npm run tool -- NAME [OPTIONS]`; `--help` tells of each. */
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { defineCommand, renderUsage, runMain } from 'citty';

/** Tools by name and folder, each loaded when it is asked for. */
export const TOOLS = {
  // dataset/
  crops: async () => (await import('./dataset/crops.ts')).default,
  split: async () => (await import('./dataset/split.ts')).default,
  teach: async () => (await import('./dataset/teach.ts')).default,
  screen: async () => (await import('./dataset/screen.ts')).default,
  'yaw-labels': async () => (await import('./dataset/yaw-labels.ts')).default,
  // convert/
  'convert-face-models': async () => (await import('./convert/face-models.ts')).default,
  'convert-dlib': async () => (await import('./convert/dlib.ts')).default,
  'convert-peer': async () => (await import('./convert/peer.ts')).default,
  // train/
  train: async () => (await import('./train/from-photos.ts')).default,
  // calibrate/, evaluate/
  calibrate: async () => (await import('./calibrate/calibrate.ts')).default,
  reliability: async () => (await import('./calibrate/reliability.ts')).default,
  occlusion: async () => (await import('./calibrate/occlusion.ts')).default,
  floor: async () => (await import('./evaluate/floor.ts')).default,
  evaluate: async () => (await import('./evaluate/evaluate.ts')).default,
  identification: async () => (await import('./evaluate/identification-tool.ts')).default,
  grouping: async () => (await import('./evaluate/grouping-tool.ts')).default,
  detections: async () => (await import('./evaluate/detections.ts')).default,
  'face-sizes': async () => (await import('./evaluate/face-sizes.ts')).default,
  yaw: async () => (await import('./evaluate/yaw.ts')).default,
  sittings: async () => (await import('./evaluate/sittings.ts')).default,
  'gate-limits': async () => (await import('./evaluate/gate-limits.ts')).default,
  // sort/
  sort: async () => (await import('./sort/sort.ts')).default,
  // report/, simulate/
  card: async () => (await import('./report/card.ts')).default,
  simulate: async () => (await import('./simulate/simulate.ts')).default,
  // bench/
  benchmark: async () => (await import('./bench/benchmark.ts')).default,
  'gallery-times': async () => (await import('./bench/gallery-times.ts')).default,
  speed: async () => (await import('./bench/speed.ts')).default,
  peers: async () => (await import('./bench/peers.ts')).default,
  soak: async () => (await import('./bench/soak.ts')).default,
  stalls: async () => (await import('./bench/stalls.ts')).default,
  stages: async () => (await import('./bench/stage-times.ts')).default,
  'picture-kernels': async () => (await import('./wasm/picture-kernels.ts')).default,
  pair: async () => (await import('./bench/pair.ts')).default,
  // wasm/, deploy/, self-host/
  runtime: async () => (await import('./wasm/deployed-runtime.ts')).default,
  'int8-kernels': async () => (await import('./wasm/int8/kernels.ts')).default,
  'gallery-kernel': async () => (await import('./wasm/gallery-kernel.ts')).default,
  build: async () => (await import('./deploy/build.ts')).default,
  bundle: async () => (await import('./self-host/bundle.ts')).default,
  serve: async () => (await import('./self-host/serve.ts')).default,
  keys: async () => (await import('./deploy/keys.ts')).default,
  // docs/
  openapi: async () => (await import('./docs/openapi.ts')).default,
  examples: async () => (await import('./docs/examples.ts')).default,
  screenshots: async () => (await import('./docs/screenshots.ts')).default,
  // mutate/
  mutations: async () => (await import('./mutate/mutations.ts')).default,
};

const main = defineCommand({
  meta: { name: 'npm run tool --', description: 'The tools of visavis' },
  subCommands: TOOLS,
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.some((word) => word === '--help' || word === '-h');
  await runMain(main, {
    // After a mistake the usage goes where the error does: standard output is for results.
    showUsage: async (tool, parent) => {
      const coloured = `${await renderUsage(tool, parent)}\n`;
      const usage = process.stdout.isTTY ? coloured : stripVTControlCharacters(coloured);
      if (asked) console.log(usage);
      else console.error(usage);
    },
  });
}
