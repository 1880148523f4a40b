/**
 * Starts one of the two apps: `npx tsx examples/step-up/server.ts [better-auth]`, beside `npm
 * start`.
 */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { build } from 'esbuild';
import { Visavis } from 'visavis';
import { betterAuthApp } from './better-auth.ts';
import { honoApp } from './hono.ts';
import type { StepUpApp } from './options.ts';

const APPS = { hono: honoApp, 'better-auth': betterAuthApp } as const;

export interface StartOptions {
  readonly adapter: keyof typeof APPS;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly visavisUrl: string;
  readonly key: string;
  readonly tenant: string;
}

export async function startStepUp({ adapter, port, visavisUrl, key, tenant }: StartOptions) {
  const files = new Map([['/app.js', ['text/javascript; charset=utf-8', await script()]]] as const);
  let app: StepUpApp | undefined;
  const server = serve({
    hostname: 'localhost',
    port,
    fetch: (request) => app?.fetch(request) ?? new Response(null, { status: 503 }),
  });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const url = new URL(`http://localhost:${(server.address() as AddressInfo).port}`);
  const relyingParty = {
    visavis: new Visavis({ url: visavisUrl, key }),
    issuer: visavisUrl,
    audience: url.origin,
    tenant,
  };
  app = APPS[adapter]({ relyingParty, visavisUrl, files });
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { url, stop };
}

/** The browser's part, bundled as any site would do it. */
async function script(): Promise<string> {
  const entry = fileURLToPath(new URL('browser/app.ts', import.meta.url));
  const options = { bundle: true, format: 'esm', target: 'es2022', write: false } as const;
  const { outputFiles } = await build({ entryPoints: [entry], ...options, logLevel: 'warning' });
  return outputFiles[0]?.text ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startStepUp({
    adapter: process.argv[2] === 'better-auth' ? 'better-auth' : 'hono',
    port: Number(process.env.PORT ?? 8789),
    visavisUrl: process.env.VISAVIS_URL ?? 'http://localhost:8787',
    key: process.env.VISAVIS_KEY ?? 'visavis-dev',
    tenant: process.env.VISAVIS_TENANT ?? 'development',
  });
  console.log(`Open ${url.origin}`);
}
