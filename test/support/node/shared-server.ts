/**
 * One Worker as `npm start` runs it, for all tests that change no setting of it: it takes seconds to
 * start. It has a tenant besides the documented one, for examples/login.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { npmStart, type Server } from '../../../scripts/deploy/local-server.ts';
import { answerOnDemand, ask } from './on-demand.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address that starts the shared Worker, unless it runs, and answers with its URL. */
    sharedServer: string;
    exampleTenant: ExampleTenant;
  }
}

/** A relying party that the shared Worker knows. */
export interface ExampleTenant {
  readonly tenant: string;
  readonly key: string;
  /** Port of localhost that its origin has: it was free when the tests began. */
  readonly port: number;
}

/** Global setup of vitest. Its storage is a new folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'visavis-shared-'));
  const example = await exampleTenant();
  let server: Promise<Server> | undefined;
  const started = () => {
    server ??= npmStart('--persist-to', folder, '--var', `API_KEYS:${registryOf(example)}`);
    return server;
  };
  const starter = await answerOnDemand({
    '/': async () => (await started()).url.href,
    '/log': async () => (await started()).log(),
  });
  project.provide('exampleTenant', example);
  project.provide('sharedServer', starter.url);
  return async () => {
    starter.close();
    await server?.then(({ stop }) => stop()).catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  };
}

async function exampleTenant(): Promise<ExampleTenant> {
  const held = createServer().listen(0, 'localhost');
  await once(held, 'listening');
  const { port } = held.address() as AddressInfo;
  await new Promise((closed) => held.close(closed));
  return { tenant: 'shop', key: randomBytes(32).toString('hex'), port };
}

/** The secret `API_KEYS` with the one tenant. */
function registryOf({ tenant, key, port }: ExampleTenant): string {
  const sha256 = createHash('sha256').update(key).digest('hex');
  const keys = [{ name: 'backend', sha256, scopes: ['enrol', 'login', 'reset'] }];
  const origins = [`http://localhost:${port}`];
  return JSON.stringify([{ id: tenant, keys, audiences: origins, origins }]);
}

/**
 * URL of the shared Worker, once it listens. Tests that use it run beside each other: each needs
 * subjects and galleries of its own.
 *
 * @throws Error with what wrangler printed where it does not start
 */
export async function sharedServer(): Promise<URL> {
  return new URL(await ask(inject('sharedServer'), '/'));
}

/** All that the shared Worker has printed, whichever test made it. */
export const sharedLog = (): Promise<string> => ask(inject('sharedServer'), '/log');
