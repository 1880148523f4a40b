import { fileURLToPath } from 'node:url';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { DEVELOPMENT_TEMPLATE_KEYS } from './worker/auth/development.ts';

process.loadEnvFile(fileURLToPath(new URL('start.env', import.meta.url)));

/** Tests with a browser, a server or a process of their own, after the unit tests. */
const E2E_TESTS = ['test/**/*.e2e.test.ts'];

/** Those of them that time what they see, hold answers to a time, or build what the others serve. */
const ALONE_TESTS = [
  'test/smoke.e2e.test.ts',
  'test/http/http.e2e.test.ts',
  'test/scripts/deploy/build-if-stale.e2e.test.ts',
];

/** Tests that need files, or the tools' code. All others run inside workerd. */
const NODE_TESTS = ['test/**/*.node.test.ts', 'test/scripts/**/*.test.ts'];

/** Those of them that run networks: a process holds one onnxruntime, the deployed one or npm's. */
const NETWORK_TESTS = [
  'test/face/cost.node.test.ts',
  'test/scripts/convert/*.test.ts',
  'test/scripts/engine/networks.test.ts',
  'test/scripts/simulate/pose-film.test.ts',
  'test/train/papers.node.test.ts',
];

/** Wide, for a machine that does other things as well: what hangs, hangs for ever. */
const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Unit tests run side by side, on two threads: each workerd has networks of its own in memory. */
const UNIT = { maxWorkers: 2, sequence: { groupOrder: 0 } };

/**
 * Five at a time: a test with a browser or a server waits for most of its time, and three of them
 * kept two cores busy for half of theirs. Five logins by camera take 25 s alone.
 */
const E2E = { maxWorkers: 5, sequence: { groupOrder: 1 }, testTimeout: 120_000 };

const ALONE = { maxWorkers: 1, sequence: { groupOrder: 2 } };

/**
 * Files that take longest, longest first. Where vitest has not seen the files run it begins with the
 * largest; one of these begun late would run on alone.
 */
const LONGEST = [
  'test/train/trainer.e2e.test.ts', // works while the others wait for their server
  'test/web/login-refused.e2e.test.ts',
  'test/web/login-faults.e2e.test.ts',
  'test/web/compare.e2e.test.ts',
  'test/examples/login.e2e.test.ts',
  'test/web/identify.e2e.test.ts',
  'test/scripts/self-host/serve.e2e.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** The client by its published name, as tsconfig.json has it: `visavis`, `visavis/browser`. */
const CLIENT = fileURLToPath(new URL('client', import.meta.url));
const alias = [
  { find: /^visavis$/, replacement: `${CLIENT}/index.ts` },
  { find: /^visavis\/([\w-]+)$/, replacement: `${CLIENT}/$1.ts` },
];

/** The Worker's onnxruntime inside workerd, which would take most of a minute to get it as a file. */
const onnxruntime = {
  find: /^.*\/onnxruntime\.wasm$/,
  replacement: fileURLToPath(new URL('test/support/onnxruntime.ts', import.meta.url)),
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/node/build.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias: [...alias, onnxruntime] },
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            // Durable Objects have the Worker's own secrets, whatever a test hands to a route. The
            // first one loads the Worker, which needs no networks for that.
            miniflare: {
              dataBlobBindings: { ONNXRUNTIME: './worker/runtime/onnxruntime.wasm' },
              bindings: { TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS, EAGER_START: 'off' },
            },
          }),
        ],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: [...NODE_TESTS, ...E2E_TESTS],
          // A workerd takes file after file: starting it, and the networks in it, takes most of the time.
          isolate: false,
          ...UNIT,
          ...TIMEOUTS,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'node',
          include: NODE_TESTS,
          exclude: [...E2E_TESTS, ...NETWORK_TESTS],
          // A process takes file after file: most files' own code takes less time than what it imports.
          isolate: false,
          ...UNIT,
          ...TIMEOUTS,
        },
      },
      {
        resolve: { alias },
        test: { name: 'node-networks', include: NETWORK_TESTS, ...UNIT, ...TIMEOUTS },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          include: E2E_TESTS,
          exclude: ALONE_TESTS,
          globalSetup: [
            'test/support/node/shared-server.ts',
            'test/support/node/shared-browsers.ts',
          ],
          ...TIMEOUTS,
          ...E2E,
        },
      },
      {
        resolve: { alias },
        test: { name: 'e2e-alone', include: ALONE_TESTS, ...ALONE, ...TIMEOUTS },
      },
    ],
  },
});
