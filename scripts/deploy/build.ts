/**
 * Files that browsers load, built to dist/web, and what the demo page weighs: `npm run build`.
 *
 * `npm start` and `npm run deploy` do so by themselves (`[build]` in wrangler.toml), `npm test` in
 * its global setup. The client package is built when it is packed: `npm run client:pack`.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { defineTool } from '../define-tool.ts';
import { header } from '../docs/header.ts';
import { openapi } from '../docs/openapi-document.ts';
import { docsPage } from '../docs/page.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WEB = join(ROOT, 'dist/web');

/** Files that are served as they are, by where they go. */
const COPIED = {
  'assets/icon.svg': 'web/icon.svg',
  'assets/portrait.jpg': 'examples/portrait.jpg',
};

/** Files of dist/web, and what they weigh compressed, in bytes. */
export async function buildWeb(): Promise<Map<string, number>> {
  const { outputFiles } = await build({
    entryPoints: ['web/app.ts', 'web/app.css', 'web/docs.css'].map((name) => join(ROOT, name)),
    outdir: join(WEB, 'assets'),
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    // Browsers since March 2024, when the last of them learnt `AbortSignal.any`.
    target: ['chrome116', 'firefox124', 'safari17.4'],
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path, Buffer.from(contents)]));
  for (const [to, from] of Object.entries(COPIED)) {
    files.set(join(WEB, to), readFileSync(join(ROOT, from)));
  }
  const page = readFileSync(join(ROOT, 'web/index.html'), 'utf8');
  files.set(join(WEB, 'index.html'), Buffer.from(page.replace('<!-- header -->', header('/'))));
  files.set(join(WEB, 'docs.html'), Buffer.from(docsPage()));
  files.set(join(WEB, 'openapi.json'), Buffer.from(JSON.stringify(openapi())));
  mkdirSync(join(WEB, 'assets'), { recursive: true });
  for (const entry of readdirSync(WEB, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path)) rmSync(path);
  }
  for (const [path, contents] of files) writeIfNew(path, contents);
  const weigh = ([path, contents]: [string, Buffer]) =>
    [path.slice(WEB.length + 1), gzipSync(contents).length] as const;
  return new Map([...files].map(weigh));
}

/** A file that did not change is left alone: servers that are running reload what does. */
function writeIfNew(path: string, contents: Buffer): void {
  try {
    if (readFileSync(path).equals(contents)) return;
  } catch {
    // not there yet
  }
  writeFileSync(path, contents);
}

/** Files that are loaded with the demo page. */
const DEMO = ['index.html', 'assets/app.js', 'assets/app.css', 'assets/icon.svg'];

export default defineTool({
  name: 'build',
  description: 'Build what browsers load (dist/web), and tell what the demo page weighs',
  async run() {
    const sizes = await buildWeb();
    const each = DEMO.map((file) => `${file} ${sizes.get(file)}`).join(', ');
    const total = DEMO.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
    console.log(`The demo page is ${total} bytes, compressed: ${each}`);
  },
});
