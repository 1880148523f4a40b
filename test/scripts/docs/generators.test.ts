/**
 * Clients generated from openapi.json take pictures as they come: Blob and File; a linter is
 * content.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const GENERATORS = join(ROOT, 'test/generators');
const DOCUMENT = join(ROOT, 'worker/openapi.json');
const installed = existsSync(join(GENERATORS, 'node_modules'));
if (!installed) {
  console.warn(
    'Left out: clients generated from openapi.json, and its linter. They are a package of their ' +
      'own: npm ci --prefix test/generators --ignore-scripts',
  );
}

const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: GENERATORS, encoding: 'utf8', env, stdio: 'pipe' });

/** Code that uses both. */
const USE = readFileSync(join(GENERATORS, 'use.txt'), 'utf8');

describe.skipIf(!installed)('openapi.json', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'generated-'));
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it('makes clients of openapi-typescript and @hey-api/openapi-ts that take Blob and File', () => {
    node('types.mjs', DOCUMENT, join(out, 'types.d.ts'));
    expect(readFileSync(join(out, 'types.d.ts'), 'utf8')).toMatch(/\bprobe: Blob;/);
    node('node_modules/@hey-api/openapi-ts/bin/run.js', '-i', DOCUMENT, '-o', join(out, 'client'));
    const types = readFileSync(join(out, 'client/types.gen.ts'), 'utf8');
    expect(types).toMatch(/\bprobe: Blob \| File;/);
    writeFileSync(join(out, 'use.ts'), USE);
    writeFileSync(
      join(out, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
          ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler' },
          ...{ lib: ['es2022', 'dom', 'dom.iterable'], allowImportingTsExtensions: true },
        },
        include: ['use.ts'],
      }),
    );
    const compile = () => node('node_modules/typescript/bin/tsc', '-p', out);
    expect(compile).not.toThrow();
  }, 300_000);

  it('passes redocly lint without a warning', () => {
    const report = node(
      'node_modules/@redocly/cli/bin/cli.js',
      ...['lint', DOCUMENT, '--extends=recommended', '--format=json'],
    );
    expect(JSON.parse(report.slice(report.indexOf('{'))).totals).toMatchObject({
      errors: 0,
      warnings: 0,
      ignored: 0,
    });
  }, 300_000);
});
