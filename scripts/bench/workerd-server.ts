/**
 * The Worker in a workerd of its own, without wrangler, as a bundle that serves on one's own machine.
 *
 * Development settings are on: the documented key, no rate limits, no secrets.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, workerdConfig } from '../self-host/config.ts';
import { WORKERD } from '../self-host/start-bundle.ts';

const MANIFEST = 'manifest.json';

/** Longest start, of a busy machine. */
const START_MS = 60_000;
const SECRETS = { API_KEYS: '', TEMPLATE_KEYS: '', ASSERTION_KEYS: '' };
const NO_LIMIT = 1_000_000;

export interface WorkerdServer {
  readonly url: URL;
  /** Process of workerd, as a name in /proc. */
  readonly pid: string;
  /** Port of the inspector, where it was asked for. */
  readonly inspectorPort: number | undefined;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Inspector's port opened: it costs memory, so only where it is used. */
  readonly inspected?: boolean;
}

/**
 * Starts a bundle and waits until it listens.
 *
 * @param bundle absolute
 * @param model network that serves, or `FAST+SLOW`
 * @throws Error with what workerd printed where it does not start
 */
export async function startWorkerd(
  bundle: string,
  model: string,
  { inspected = false }: StartOptions = {},
): Promise<WorkerdServer> {
  const manifest = readManifest(bundle);
  const variables = { ...manifest.vars, ...SECRETS, ENVIRONMENT: 'development', MODEL: model };
  const rateLimits = manifest.rateLimits.map((rate) => ({ ...rate, limit: NO_LIMIT }));
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const address = { host: '127.0.0.1', port: 0, clientIpHeader: undefined };
  const instance = { ...address, bundle, data, variables: Object.keys(variables) };
  const file = join(folder, 'config.capnp');
  writeFileSync(file, workerdConfig({ ...manifest, rateLimits }, instance));
  const encoded = join(folder, 'config.bin');
  writeFileSync(encoded, encodedConfig(file, bundle));
  const inspector = inspected ? ['--inspector-addr', '127.0.0.1:0'] : [];
  const args = ['--experimental', '--control-fd', '3', ...inspector];
  const child = spawn(WORKERD, ['serve', '--binary', ...args, encoded], {
    env: variables,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await portsOf(child);
    return {
      url: new URL(`http://127.0.0.1:${ports.get('listen')}`),
      pid: String(child.pid),
      inspectorPort: ports.get('listen-inspector'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A copy of a bundle whose Worker does nothing with the same files: what workerd takes by itself, the
 * reading of so large a configuration with it.
 */
export function makeIdleBundle(bundle: string, out: string): void {
  cpSync(bundle, out, { recursive: true });
  const manifest = readManifest(bundle);
  const classes = manifest.durableObjects.map(({ className }) => `export class ${className} {}`);
  const code = [...classes, 'export default { fetch() { return new Response(); } };'];
  writeFileSync(join(out, 'worker/index.js'), code.join('\n'));
  const others = manifest.modules.slice(1).map((name) => {
    renameSync(join(out, 'worker', name), join(out, 'worker', `${name}.data`)); // nothing to compile
    return `${name}.data`;
  });
  const modules = ['index.js', ...others];
  writeFileSync(join(out, MANIFEST), JSON.stringify({ ...manifest, modules }));
}

/**
 * A configuration with all its files as one message, as wrangler hands it over: workerd takes a second to
 * encode a text that embeds 14 MB.
 */
function encodedConfig(file: string, bundle: string): Buffer {
  const args = ['compile', '--config-only', '--import-path', bundle, file, 'config'];
  return execFileSync(WORKERD, args, { maxBuffer: 1 << 30 });
}

function readManifest(bundle: string): Manifest {
  return JSON.parse(readFileSync(join(bundle, MANIFEST), 'utf8'));
}

/** Ports by event, once the socket listens: workerd tells of each in a line of JSON. */
function portsOf(child: ChildProcess): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  let told = '';
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  return new Promise((ready, failed) => {
    const fail = (why: string) => failed(new Error(`workerd ${why}:\n${log}`));
    const late = setTimeout(() => fail('did not start'), START_MS);
    child.once('error', failed);
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stdio[3]?.on('data', (chunk) => {
      told += chunk;
      const lines = told.split('\n');
      told = lines.pop() ?? '';
      for (const line of lines.filter((text) => text !== '')) {
        const { event, port } = JSON.parse(line) as { event: string; port: number };
        ports.set(event, port);
      }
      if (!ports.has('listen')) return;
      clearTimeout(late);
      ready(ports);
    });
  });
}
