/**
 * Bundle of the Worker for a machine of one's own: `npm run tool -- bundle`. It has what wrangler
 * would upload, the files for browsers, a manifest of wrangler.toml, and what starts workerd.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { unstable_readConfig } from 'wrangler';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import type { Manifest } from './config.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Tables of wrangler.toml, as wrangler reads them. */
interface DurableObjectBinding {
  readonly name: string;
  readonly class_name: string;
}
interface RateLimitBinding {
  readonly name: string;
  readonly simple: { readonly limit: number; readonly period: number };
}

/** Folder of the bundle, unless another is named. */
export const BUNDLE = 'dist/self-host';

/** Main module of the Worker as wrangler bundles it, as the one before it names it. */
const WORKER = './index.js';

/** Names of all that a bundle holds; older ones have `runtime`. */
const PARTS = ['main.mjs', 'manifest.json', 'runtime', 'web', 'worker', 'workerd'];

/** A bundle is whole once it has this: it is written last. */
export const MANIFEST = 'manifest.json';

export const isBundle = (folder: string): boolean => existsSync(join(folder, MANIFEST));

/** A bundle that `serve` starts; one made by another version may lack the module that it begins with. */
export const canStart = (folder: string): boolean =>
  isBundle(folder) && existsSync(join(folder, 'workerd/entry.mjs'));

/**
 * Makes a bundle, in place of the one that was there.
 *
 * @param entry main module, from the project's root; by itself that of wrangler.toml
 * @throws Mistake for a folder with anything else in it; Error where wrangler or esbuild fails
 */
export async function makeBundle(out: string, entry?: string): Promise<void> {
  const folder = resolve(out);
  checkFolder(folder);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await fill(part, entry);
  replaceBundle(folder, part);
}

/**
 * Puts a bundle in place of the one that was there, of which nothing else is deleted.
 *
 * @throws Mistake for a folder with anything else in it
 */
export function replaceBundle(folder: string, made: string): void {
  checkFolder(folder); // again: a server may have stored something meanwhile
  if (existsSync(folder)) {
    for (const name of PARTS) rmSync(join(folder, name), { recursive: true, force: true });
    rmdirSync(folder);
  }
  renameSync(made, folder);
}

/** @throws Mistake for a folder with anything that is no part of a bundle, such as a server's storage */
function checkFolder(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length > 0 && !isBundle(folder)) {
    throw new Mistake(`${folder} holds something that is no bundle: name another folder`);
  }
  const others = names.filter((name) => !PARTS.includes(name));
  if (others.length > 0) {
    throw new Mistake(
      `${folder} holds what is no part of a bundle: ${others.join(', ')}. Move it elsewhere, and ` +
        'name the folder of a storage by `--data`, or DATA.',
    );
  }
}

/** @param folder absolute: esbuild takes others from its own working directory */
async function fill(folder: string, entry?: string): Promise<void> {
  const worker = join(folder, 'worker');
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const main = entry === undefined ? [] : [entry];
  const flags = ['--dry-run', '--outdir', worker];
  const args = ['--env-file=start.env', wrangler, 'deploy', ...main, ...flags];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`wrangler could not bundle the Worker:\n${stderr}`);
  for (const name of readdirSync(worker)) {
    if (/\.map$|^README/.test(name)) rmSync(join(worker, name));
  }
  if (entry !== undefined) {
    renameSync(join(worker, `${basename(entry, '.ts')}.js`), join(worker, 'index.js'));
  }
  cpSync(join(ROOT, 'dist/web'), join(folder, 'web'), { recursive: true });
  await build({
    entryPoints: {
      main: 'main.ts',
      'workerd/entry': 'workerd/entry.js',
      'workerd/rate-limit': 'workerd/rate-limit.ts',
    },
    absWorkingDir: join(ROOT, 'scripts/self-host'),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external: [WORKER],
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'warning',
  });
  const manifest = readManifest(readdirSync(worker));
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Manifest of wrangler.toml, for the files that wrangler bundled. */
export function readManifest(files: readonly string[]): Manifest {
  const config = unstable_readConfig({ config: join(ROOT, 'wrangler.toml') });
  const vars = Object.entries(config.vars).map(([name, value]) => [name, String(value)]);
  return {
    compatibilityDate: config.compatibility_date ?? '',
    compatibilityFlags: config.compatibility_flags,
    modules: ['index.js', ...files.filter((name) => name !== 'index.js')],
    vars: Object.fromEntries(vars),
    secrets: config.secrets?.required ?? [],
    durableObjects: config.durable_objects.bindings.map(
      ({ name, class_name }: DurableObjectBinding) => ({
        name,
        className: class_name,
      }),
    ),
    rateLimits: config.ratelimits.map(({ name, simple }: RateLimitBinding) => ({
      name,
      ...simple,
    })),
    assets: config.assets?.binding ?? 'ASSETS',
  };
}

export default defineTool({
  name: 'bundle',
  description: 'The Worker as a folder that runs in workerd, on a machine of your own',
  args: { out: { type: 'string', default: BUNDLE, description: 'folder, made anew' } },
  async run({ out }) {
    await makeBundle(out);
    const named = out === BUNDLE ? '' : `, with \`--bundle ${out}\``;
    console.log(
      `${out}: start it with \`npm run tool -- serve\`${named}, or as the Dockerfile does`,
    );
  },
});
