/** Imports: the linter's rules of who may know whom hold, and none go in a circle. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circles, importGraph } from './support/node/import-graph.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('imports', () => {
  const graph = importGraph();

  it('lead to files that are there', () => {
    const code = [...graph].flatMap(([file, to]) =>
      to.filter((path) => /\.ts$/.test(path) && !graph.has(path)).map((path) => [file, path]),
    );
    expect(graph.size).toBeGreaterThan(250);
    expect(code).toEqual([]);
  });

  it('never go in a circle, types included', () => {
    expect(circles(graph)).toEqual([]);
  });

  it('leave the documentation of the API out of the Worker: it takes their types alone', () => {
    const takers = [...graph.keys()].filter((file) => /^worker\/(?!.*operations)/.test(file));
    const values = takers.filter((file) =>
      /^import (?!type )[^;]*\.docs\.ts'/m.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(values).toEqual([]);
    const loaded = takers.filter((file) => graph.get(file)?.some((path) => /docs/.test(path)));
    expect(loaded.length).toBeGreaterThan(5);
  });

  it('go one way between the folders of worker/face', () => {
    const folders = ['alignment', 'detection', 'quality', 'embedding', 'decision'];
    const taken = folders.flatMap((folder, place) => {
      const allowed = ['network.ts', ...folders.slice(0, place + 1)];
      const files = [...graph].filter(([file]) => file.startsWith(`worker/face/${folder}/`));
      expect(files.length).toBeGreaterThan(2);
      return files.flatMap(([file, to]) =>
        to
          .filter((path) => path.startsWith('worker/face/'))
          .filter((path) => !allowed.includes(path.split('/')[2] as string))
          .map((path) => [file, path]),
      );
    });
    expect(taken).toEqual([]);
  });

  it('would be seen in a circle', () => {
    const circle = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', []],
      ['e', ['e']],
    ]);
    expect(circles(circle)).toEqual([['a', 'b', 'c'], ['e']]);
  });
});

/** Imports that the rules forbid, each in a room that may not have it. */
const FORBIDDEN = [
  ['worker/image', '../face/alignment/align.ts'],
  ['worker/face', '../login/sealed-token.ts'],
  ['worker/face', '../runtime/onnx.ts'],
  ['worker/face', 'hono'],
  ['worker/face', 'cloudflare:workers'],
  ['worker/face', 'node:fs'],
  ['worker/face/decision', '../../runtime/onnx.ts'],
  ['worker/auth', '../face/alignment/align.ts'],
  ['worker/login', '../http/body.ts'],
  ['worker/login', 'hono'],
  ['worker/gallery', '../api/verify.ts'],
  ['worker/runtime', '../login/sealed-token.ts'],
  ['worker/api', 'onnxruntime-web/wasm'],
  ['worker', '../scripts/tool.ts'],
  ['client', '../worker/limits.ts'],
  ['client', 'better-auth/api'],
  ['web', '../worker/limits.ts'],
  ['examples/login', '../../client/index.ts'],
  ['scripts', '../test/support/scene.ts'],
] as const;

const ALLOWED = [
  ['worker/face', '../image/pixels.ts'],
  ['worker/login', '../face/embedding/embed.ts'],
  ['worker/api', 'hono'],
  ['web', '../client/browser.ts'],
] as const;

describe('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imports-'));
  const file = (room: string, imported: string) =>
    join(room, `${imported.replaceAll(/[^a-z]/g, '-')}.ts`);
  let told = '';
  beforeAll(() => {
    const { vcs: _, ...rules } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
    for (const [room, imported] of [...FORBIDDEN, ...ALLOWED]) {
      mkdirSync(join(folder, room), { recursive: true });
      writeFileSync(join(folder, file(room, imported)), `import '${imported}';\n`);
    }
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const args = [biome, 'lint', '--max-diagnostics=none', '--only=style/noRestrictedImports', '.'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    told = `${stdout}${stderr}`;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FORBIDDEN)('keeps %s from %s', (room, imported) => {
    expect(told).toContain(`${file(room, imported)}:1:8 lint/style/noRestrictedImports`);
  });

  it.each(ALLOWED)('lets %s have %s', (room, imported) => {
    expect(told).not.toContain(file(room, imported));
  });
});
