/**
 * A server of the bundle beside this file, in workerd: no wrangler, no simulator. It is plain
 * Node without dependencies, so that a container holds Node, workerd and the bundle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { authority, type Manifest, workerdConfig } from './config.ts';
import { faultOf } from './secrets.ts';
import { SettingError } from './setting-error.ts';
import { openStorage, requireOutside } from './storage.ts';

/** Variables that wrangler.toml has in comments only. ENVIRONMENT is not one: see docs/self-hosting.md. */
const OPTIONAL = ['ISSUER', 'DEMO', 'MODEL_PREVIOUS'];

/** Time for requests in flight to end after a signal: less than the 30 s that Kubernetes waits. */
const STOP_MS = 25_000;

/** Signals to stop by; without SIGHUP workerd would outlive the terminal that it was started in. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

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
 * Starts the server. A signal to this process, SIGTERM, SIGINT or SIGHUP, lets requests end and then stops.
 *
 * @returns exit status, once it has stopped
 * @throws SettingError where a secret is missing, set twice or cannot be read, the port is taken, the
 *   storage cannot be used, or workerd is not there
 */
export async function serve(settings: Settings, environment: Environment): Promise<number> {
  const { port, clientIpHeader } = settings;
  const host = settings.host.replace(/^\[(.*)\]$/, '$1'); // an IPv6 address as URLs have it
  const bundle = resolve(settings.bundle);
  const data = resolve(settings.data);
  requireOutside(data, bundle);
  requireHeaderName(clientIpHeader);
  const manifest: Manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
  const variables = readVariables(manifest, environment);
  await requireReadable(manifest, variables, environment);
  await requirePort(host, port);
  const release = await openStorage(data);
  const names = Object.keys(variables);
  const instance = { host, port, bundle, data, clientIpHeader, variables: names };
  let folder: string | undefined;
  try {
    folder = temporaryFolder();
    const file = join(folder, 'config.capnp');
    writeFileSync(file, workerdConfig(manifest, instance)); // names of secrets, never values
    const options = ['--experimental', '--import-path', bundle, '--control-fd', '3'];
    const child = spawn(settings.workerd, ['serve', ...options, file, 'config'], {
      env: { ...variables },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    return await untilEnd(child, host);
  } finally {
    release();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws SettingError where nothing can be written, as on a read-only file system without /tmp */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'visavis-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingError(
      `${tmpdir()} cannot be written (${code}), where the configuration of workerd goes: mount one ` +
        '(`--tmpfs /tmp`), or name another folder with TMPDIR.',
    );
  }
}

/** @throws SettingError for what is no field name (RFC 9110, section 5.1): every request would fail */
function requireHeaderName(name: string | undefined): void {
  if (name === undefined || /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return;
  throw new SettingError(`No header is called '${name}': name one, as X-Forwarded-For.`);
}

/** @throws SettingError where the text is no number of a port */
export function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SettingError(
    `No port: ${text}. It is a number up to 65535, or 0 for one that is free.`,
  );
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
    if (file && environment[name]) {
      throw new SettingError(`${name} and ${name}_FILE are both set: unset the one that is old.`);
    }
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
    const isPort = code === 'EADDRINUSE' || code === 'EACCES';
    const cure = isPort
      ? 'name another with --port, or with PORT in a container'
      : 'name an address of this machine with --host, or with HOST in a container';
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
  for (const signal of SIGNALS) process.on(signal, stop);
  // A message a line; the pipe may bring it in pieces.
  createInterface({ input: child.stdio[3] as Readable }).on('line', (message) => {
    const { event, port } = JSON.parse(message) as { event: string; port: number };
    if (event === 'listen') console.log(`Ready on http://${authority(host, port)}`);
  });
  try {
    return await new Promise<number>((ended, failed) => {
      child.once('error', ({ code }: NodeJS.ErrnoException) =>
        failed(
          new SettingError(
            `workerd cannot be started (${child.spawnfile}: ${code}): name its executable with WORKERD ` +
              '(docs/self-hosting.md).',
          ),
        ),
      );
      child.once('exit', (code) => ended(stopping ? 0 : (code ?? 1)));
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
