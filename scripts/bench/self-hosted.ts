/** The Worker as it is self-hosted, in a workerd of its own, with storage that is thrown away after. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBundle } from '../self-host/bundle.ts';

const WORKERD = createRequire(import.meta.url)('workerd').default as string;

export interface SelfHosted {
  readonly url: URL;
  /** Process that starts workerd. */
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Bundles the Worker and starts it on a free port.
 *
 * @param secrets by name, as a deployment has them
 */
export async function startSelfHosted(
  secrets: Readonly<Record<string, string>>,
): Promise<SelfHosted> {
  const folder = mkdtempSync(join(tmpdir(), 'self-hosted-'));
  const bundle = join(folder, 'bundle');
  await makeBundle(bundle);
  const server = spawn(process.execPath, [join(bundle, 'main.mjs')], {
    cwd: folder,
    env: { ...secrets, WORKERD, HOST: '127.0.0.1', PORT: '0', DATA: 'data' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const url = await new Promise<URL>((ready, failed) => {
    const read = (chunk: Buffer) => {
      if (log.length < 10_000) log += chunk;
      const found = /Ready on (http:\/\/\S+)/.exec(log)?.[1];
      if (found !== undefined) ready(new URL(found));
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => failed(new Error(`it ended with ${code}:\n${log}`)));
  });
  return {
    url,
    pid: server.pid as number,
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
