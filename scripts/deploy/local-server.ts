/** A Worker in a process of its own, on a port that is free. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WRANGLER = 'node_modules/wrangler/bin/wrangler.js';
const START_MS = 120_000;

export interface Server {
  readonly url: URL;
  /** Process of wrangler; workerd is among its descendants. */
  readonly pid: number;
  /** All it has printed so far. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/** The Worker as wrangler.toml has it, or with more arguments (`--var`, another entry point). */
export function startWrangler(...args: string[]): Promise<Server> {
  return start(process.execPath, ['--env-file=start.env', WRANGLER, 'dev', ...args]);
}

/** The Worker as the README starts it, or with more arguments. */
export function npmStart(...args: string[]): Promise<Server> {
  return start('npm', ['start', '--', ...args]);
}

/** Starts a Worker and waits until it listens. */
async function start(command: string, args: string[]): Promise<Server> {
  const inspector = args.includes('--inspector-port') ? [] : ['--inspector-port', '0'];
  const child = spawn(command, [...args, '--port', '0', ...inspector], {
    cwd: ROOT,
    detached: true, // a group of its own, to be ended with wrangler's own children
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const url = await new Promise<URL>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`wrangler did not start:\n${log}`)), START_MS);
    const read = (chunk: Buffer) => {
      log += chunk;
      const ready = /Ready on (http:\/\/\S+)/.exec(log)?.[1];
      if (ready !== undefined) resolve(new URL(ready));
      else if (!log.includes('Build failed')) return;
      else setTimeout(() => reject(new Error(`the Worker does not build:\n${log}`)), 500);
      clearTimeout(late);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`wrangler ended with ${code}:\n${log}`)));
  }).catch(async (error) => {
    await stop(child);
    throw error;
  });
  return { url, pid: child.pid as number, log: () => log, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  const force = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 5_000);
  await ended;
  clearTimeout(force);
}
