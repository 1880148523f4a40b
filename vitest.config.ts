import { fileURLToPath } from 'node:url';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { DEVELOPMENT_TEMPLATE_KEYS } from './worker/auth/development.ts';

process.loadEnvFile(fileURLToPath(new URL('start.env', import.meta.url)));

/** Tests with a browser, a server or a process of their own: one after the other, by themselves. */
const E2E_TESTS = ['test/**/*.e2e.test.ts'];

/** Tests that need files, or the tools' code. All others run inside workerd. */
const NODE_TESTS = ['test/**/*.node.test.ts', 'test/scripts/**/*.test.ts'];

/** Wide, for a machine that does other things as well: what hangs, hangs for ever. */
const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Unit tests run side by side, on two threads: each workerd has networks of its own in memory. */
const UNIT = { maxWorkers: 2, sequence: { groupOrder: 0 } };

/** Some time what they see, and some use all the cores themselves. */
const E2E = { maxWorkers: 1, sequence: { groupOrder: 1 } };

/** The client by its published name, as tsconfig.json has it: `visavis`, `visavis/browser`. */
const CLIENT = fileURLToPath(new URL('client', import.meta.url));
const alias = [
  { find: /^visavis$/, replacement: `${CLIENT}/index.ts` },
  { find: /^visavis\/([\w-]+)$/, replacement: `${CLIENT}/$1.ts` },
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/node/build.ts'],
    projects: [
      {
        resolve: { alias },
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            // Durable Objects have the Worker's own secrets, whatever a test hands to a route. The
            // first one loads the Worker, which needs no networks for that.
            miniflare: {
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
        test: { name: 'node', include: NODE_TESTS, exclude: E2E_TESTS, ...UNIT, ...TIMEOUTS },
      },
      { resolve: { alias }, test: { name: 'e2e', include: E2E_TESTS, ...E2E, ...TIMEOUTS } },
    ],
  },
});
