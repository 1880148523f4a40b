/**
 * The Worker in a workerd of its own, without wrangler, as a bundle that serves on one's own machine.
 *
 * Development settings are on: the documented key, no rate limits, no secrets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, workerdConfig } from '../self-host/config.ts';
import { WORKERD } from '../self-host/start-bundle.ts';

const STOCK = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');

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
 * @param model network that serves
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
  const inspector = inspected ? ['--inspector-addr', '127.0.0.1:0'] : [];
  const args = ['--experimental', '--control-fd', '3', '--import-path', bundle, ...inspector];
  const child = spawn(WORKERD, ['serve', ...args, file, 'config'], {
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
 * A copy of a bundle with onnxruntime as npm has it.
 *
 * @throws Error where the bundle has not one file of that name
 */
export function makeStockBundle(bundle: string, out: string): void {
  cpSync(bundle, out, { recursive: true });
  const worker = join(out, 'worker');
  const files = readdirSync(worker).filter((name) => name.endsWith('-onnxruntime.wasm'));
  if (files.length !== 1) throw new Error(`${files.length} onnxruntimes in ${bundle}`);
  cpSync(STOCK, join(worker, files[0] as string));
}

/** A copy of a bundle whose Worker does nothing: what workerd and its other isolates take by themselves. */
export function makeEmptyBundle(bundle: string, out: string): void {
  cpSync(bundle, out, { recursive: true });
  const manifest = readManifest(bundle);
  const classes = manifest.durableObjects.map(({ className }) => `export class ${className} {}`);
  const code = [...classes, 'export default { fetch() { return new Response(); } };'];
  writeFileSync(join(out, 'worker/index.js'), code.join('\n'));
  writeFileSync(join(out, MANIFEST), JSON.stringify({ ...manifest, modules: ['index.js'] }));
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
