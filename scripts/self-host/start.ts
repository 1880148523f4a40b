/**
 * A server of the bundle beside this file, in workerd: no wrangler, no simulator. It is plain
 * Node without dependencies, so that a container holds Node, workerd and the bundle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { authority, type Manifest, workerdConfig } from './config.ts';
import { faultOf } from './secrets.ts';

/** Variables that wrangler.toml has in comments only. ENVIRONMENT is not one: see docs/self-hosting.md. */
const OPTIONAL = ['ISSUER', 'DEMO', 'MODEL_PREVIOUS'];

/** Time for requests in flight to end after a signal: less than the 30 s that Kubernetes waits. */
const STOP_MS = 25_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is missing or wrong: told without a stack. */
export class SettingError extends Error {}

export interface Settings {
  /** Folder that `npm run tool -- bundle` made. */
  readonly bundle: string;
  /** Executable of workerd. */
  readonly workerd: string;
  readonly host: string;
  readonly port: number;
  /** Folder of the Durable Objects' storage. It is made where it is missing. */
  readonly data: string;
  readonly clientIpHeader?: string | undefined;
}

/**
 * Starts the server. A signal to this process, SIGTERM or SIGINT, lets requests end and then stops.
 *
 * @returns exit status, once it has stopped
 * @throws SettingError where a secret is missing or cannot be read, the port is none or taken, or the
 *   storage is in the bundle
 */
export async function serve(settings: Settings, environment: Environment): Promise<number> {
  const { host, port, clientIpHeader } = settings;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SettingError(`No port: ${port}.`);
  const bundle = resolve(settings.bundle);
  const data = resolve(settings.data);
  if (isInside(data, bundle)) {
    throw new SettingError(
      `The storage would be inside the bundle: ${data}. The next bundle is made in its place: name ` +
        'another folder, by `--data` or DATA, and move the storage there if there is one.',
    );
  }
  const manifest: Manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
  const variables = readVariables(manifest, environment);
  await requireReadable(manifest, variables, environment);
  await requirePort(host, port);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(tmpdir(), 'visavis-'));
  const file = join(folder, 'config.capnp');
  const names = Object.keys(variables);
  const instance = { host, port, bundle, data, clientIpHeader, variables: names };
  writeFileSync(file, workerdConfig(manifest, instance)); // names of secrets, never values
  try {
    const options = ['--experimental', '--import-path', bundle, '--control-fd', '3'];
    const child = spawn(settings.workerd, ['serve', ...options, file, 'config'], {
      env: { ...variables },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    return await untilEnd(child, host);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True of a folder that is another one, or below it, whatever links lead there. */
function isInside(folder: string, outer: string): boolean {
  const path = relative(realFolder(outer), realFolder(folder));
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** Path without links of a folder that need not be there yet. */
function realFolder(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return join(realFolder(dirname(path)), basename(path));
}

/**
 * Variables of the Worker: those of wrangler.toml unless the environment has others, and the
 * secrets, each from the environment or from the file that NAME_FILE names.
 */
export function readVariables(
  manifest: Manifest,
  environment: Environment,
): Readonly<Record<string, string>> {
  const read = (name: string) => {
    const file = environment[`${name}_FILE`];
    return environment[name] || (file ? readSecret(name, file) : '');
  };
  const secrets = manifest.secrets.map((name) => [name, read(name)] as const);
  const missing = secrets.filter(([, value]) => value === '').map(([name]) => name);
  if (missing.length > 0) {
    throw new SettingError(
      `Not set: ${missing.join(', ')}. Each is a variable, or a file that NAME_FILE names ` +
        '(docs/self-hosting.md).',
    );
  }
  const names = [...Object.keys(manifest.vars), ...OPTIONAL];
  const vars = names.flatMap((name) => {
    const value = environment[name] || manifest.vars[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries([...vars, ...secrets]);
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingError(`${name}_FILE: ${file} cannot be read (${code}).`);
  }
}

/** @throws SettingError that names each secret which cannot be read, and why, without its content */
export async function requireReadable(
  { secrets }: Manifest,
  variables: Readonly<Record<string, string>>,
  environment: Environment,
): Promise<void> {
  const faults = [];
  for (const name of secrets) {
    const fault = await faultOf(name, variables[name] ?? '');
    const file = environment[name] ? undefined : environment[`${name}_FILE`];
    const where = file === undefined ? name : `${name} (${file})`;
    if (fault !== undefined) faults.push(`${where} cannot be read: ${fault}.`);
  }
  if (faults.length > 0) throw new SettingError(faults.join('\n'));
}

/** @throws SettingError where nothing can listen there; of port 0 workerd finds a free one */
async function requirePort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  try {
    await new Promise<void>((listening, failed) => {
      probe.once('error', failed);
      probe.listen({ host, port }, listening);
    });
    await new Promise((closed) => probe.close(closed));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${code})`;
    const cure = 'name another with --port, or with PORT in a container';
    throw new SettingError(`${authority(host, port)} ${why}: ${cure}.`);
  }
}

/** Passes signals on, says once where the server listens, and waits for its end. */
async function untilEnd(child: ChildProcess, host: string): Promise<number> {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  // A message a line; the pipe may bring it in pieces.
  createInterface({ input: child.stdio[3] as Readable }).on('line', (message) => {
    const { event, port } = JSON.parse(message) as { event: string; port: number };
    if (event === 'listen') console.log(`Ready on http://${authority(host, port)}`);
  });
  try {
    return await new Promise<number>((ended, failed) => {
      child.once('error', failed);
      child.once('exit', (code) => ended(stopping ? 0 : (code ?? 1)));
    });
  } finally {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
  }
}
