/** Paths that the Dockerfile sets up, held against the bundle that it copies. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const DOCKERFILE = readFileSync('Dockerfile', 'utf8');

it('puts workerd where the container looks for it, and where the bundle has nothing', () => {
  const copied = /cp ".*workerd.*" (\S+)$/m.exec(DOCKERFILE)?.[1];
  expect(copied).toMatch(/^\/server\/[\w-]+$/);
  expect(/^ENV WORKERD=(\S+)/m.exec(DOCKERFILE)?.[1]).toBe(copied);
  // Folders of scripts/self-host become folders of the bundle.
  const taken = readdirSync('scripts/self-host').map((name) => `/server/${name}`);
  expect(taken).not.toContain(copied);
});

it('is healthy while it is ready', () => {
  expect(DOCKERFILE).toMatch(/^HEALTHCHECK (.|\n)*\/readyz/m);
  expect(DOCKERFILE).toContain('process.env.PORT || 8787'); // the server takes an empty one for none
});
