/**
 * Starts the example: `npm run example:login`, with `npm start` in another terminal. Against a
 * deployment of yours set VISAVIS_URL, VISAVIS_KEY, VISAVIS_TENANT and ORIGIN.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { build } from 'esbuild';
import { Visavis } from 'visavis';
import { Accounts } from './accounts.ts';
import { createExample } from './app.ts';

export interface RunningExample {
  readonly url: URL;
  /** One-time codes of each person who may sign in. */
  readonly codes: readonly string[];
  stop(): Promise<void>;
}

export interface StartOptions {
  /** 0 takes any that is free. */
  readonly port: number;
  /** Origin that browsers reach it at, if that is not this machine. */
  readonly origin?: string | undefined;
  readonly visavisUrl: string;
  readonly key: string;
  readonly tenant: string;
}

export const DEMO = { name: 'ada', password: 'correct horse battery staple' } as const;

export async function startExample(options: StartOptions): Promise<RunningExample> {
  const { visavisUrl, key, tenant } = options;
  const accounts = new Accounts();
  const { codes } = accounts.add(DEMO.name, DEMO.password);
  const files = await buildFiles();
  let app: ReturnType<typeof createExample> | undefined;
  const server = serve({
    hostname: 'localhost',
    port: options.port,
    fetch: (request) => app?.fetch(request) ?? new Response(null, { status: 503 }),
  });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as AddressInfo;
  const url = new URL(options.origin ?? `http://localhost:${port}`);
  const visavis = new Visavis({ url: visavisUrl, key });
  app = createExample({ origin: url.origin, visavisUrl, tenant, visavis, accounts, files });
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { url, codes, stop };
}

/** The browser's part, bundled as any site would do it. */
async function buildFiles() {
  const at = (name: string) => fileURLToPath(new URL(`browser/${name}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [at('app.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  });
  const [script] = outputFiles;
  if (!script) throw new Error('nothing was built');
  return new Map([
    ['/app.js', ['text/javascript; charset=utf-8', script.text]],
    ['/style.css', ['text/css; charset=utf-8', readFileSync(at('style.css'), 'utf8')]],
  ] as const);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, codes } = await startExample({
    port: Number(process.env.PORT ?? 8788),
    origin: process.env.ORIGIN,
    visavisUrl: process.env.VISAVIS_URL ?? 'http://localhost:8787',
    key: process.env.VISAVIS_KEY ?? 'visavis-dev',
    tenant: process.env.VISAVIS_TENANT ?? 'development',
  });
  console.log(`Sign in at ${url.origin} as ${DEMO.name}, password: ${DEMO.password}`);
  console.log(`One-time codes, each good once:\n${codes.join('\n')}`);
}
