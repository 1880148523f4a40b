import { fileURLToPath } from 'node:url';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

/** Tests that need files, processes or sockets. All others run inside workerd. */
const NODE_TESTS = ['test/**/*.node.test.ts', 'test/scripts/**/*.test.ts'];

/** Wide, for a machine that does other things as well: what hangs, hangs for ever. */
const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 60_000 };

/** The client by its published name, as tsconfig.json has it: `visavis`, `visavis/browser`. */
const CLIENT = fileURLToPath(new URL('client', import.meta.url));
const alias = [
  { find: /^visavis$/, replacement: `${CLIENT}/index.ts` },
  { find: /^visavis\/([\w-]+)$/, replacement: `${CLIENT}/$1.ts` },
];

export default defineConfig({
  test: {
    // One after the other: some tests time what they see, and some use all the cores themselves.
    maxWorkers: 1,
    globalSetup: ['test/support/node/build.ts'],
    projects: [
      {
        resolve: { alias },
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: NODE_TESTS,
          // One workerd for all files: starting it, and the networks in it, takes most of the time.
          isolate: false,
          ...TIMEOUTS,
        },
      },
      { resolve: { alias }, test: { name: 'node', include: NODE_TESTS, ...TIMEOUTS } },
    ],
  },
});
