/** A bundle's server as a process of its own, started as a container starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Executable that the package `workerd` chose for this machine. */
export const WORKERD: string = createRequire(import.meta.url)('workerd').default;

export interface RunningBundle {
  readonly url: URL;
  /** Process that starts workerd. */
  readonly pid: number;
  /** Output so far, both streams. */
  log(): string;
  /** Exit status, once it has ended by itself or by others. */
  readonly ended: Promise<number | null>;
  /** @returns exit status, after the requests in flight */
  stop(): Promise<number | null>;
}

/**
 * Starts a bundle on a free port of this machine.
 *
 * @param bundle absolute
 * @param folder working directory; storage is in its `data`
 * @param environment secrets, and nothing is added but the address and where workerd lies
 * @param detached in a process group of its own, which can be killed whole: Ctrl-C does not end it
 * @throws Error with its output where it ends before it is ready
 */
export async function startBundle(
  bundle: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  detached = false,
): Promise<RunningBundle> {
  const server = spawn(process.execPath, [join(bundle, 'main.mjs')], {
    cwd: folder,
    env: { ...environment, WORKERD, HOST: '127.0.0.1', PORT: '0', DATA: 'data' },
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(server, 'exit').then(([code]) => code as number | null);
  let log = '';
  const url = await new Promise<URL>((ready, failed) => {
    const read = (chunk: Buffer) => {
      log += chunk;
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
    log: () => log,
    ended,
    stop() {
      server.kill('SIGTERM'); // nothing where it has ended
      return ended;
    },
  };
}
