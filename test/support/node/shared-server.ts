/** One Worker as `npm start` runs it, for all tests that change no setting of it: it takes seconds to start. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { npmStart, type Server } from '../../../scripts/deploy/local-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address that starts the shared Worker, unless it runs, and answers with its URL. */
    sharedServer: string;
  }
}

/** Global setup of vitest. Its storage is a new folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'visavis-shared-'));
  let server: Promise<Server> | undefined;
  const starter = createServer(async (_, response) => {
    server ??= npmStart('--persist-to', folder);
    try {
      response.end((await server).url.href);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  starter.listen(0, '127.0.0.1');
  await once(starter, 'listening');
  project.provide('sharedServer', `http://127.0.0.1:${(starter.address() as AddressInfo).port}`);
  return async () => {
    starter.close();
    starter.closeAllConnections();
    await server?.then(({ stop }) => stop()).catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * URL of the shared Worker, once it listens. Tests that use it run beside each other: each needs
 * subjects and galleries of its own.
 *
 * @throws Error with what wrangler printed where it does not start
 */
export async function sharedServer(): Promise<URL> {
  const response = await fetch(inject('sharedServer'));
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return new URL(answer);
}
