/** Folder of the Durable Objects' storage: outside the bundle, writable, and one server's at a time. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { SettingError } from './setting-error.ts';
import { deleteUnusedFiles } from './unused-files.ts';

/** Socket that whoever uses the storage listens on: containers that share a folder share no process ids. */
const LOCK = 'in-use.sock';

/** File that is written, and deleted, to see that there is room. */
const PROBE = 'room.probe';

/** Room that a start takes: workerd opens files of some 40 KiB beside each database. */
const LEAST_ROOM_BYTES = 1024 * 1024;

/** Length that a path of a socket may have on every system. */
const MAX_SOCKET_BYTES = 100;

/** @throws SettingError where the storage is in the bundle; both paths are absolute */
export function requireOutside(data: string, bundle: string): void {
  if (!isInside(data, bundle)) return;
  throw new SettingError(
    `The storage would be inside the bundle: ${data}. The next bundle is made in its place: name ` +
      'another folder, by `--data` or DATA, and move the storage there if there is one.',
  );
}

/**
 * Makes the folder where it is missing, and takes it.
 *
 * @returns what gives it back
 * @throws SettingError where it cannot be written, or has another server
 */
export async function openStorage(data: string): Promise<() => void> {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SettingError(
      `No storage can be made at ${data} (${codeOf(error)}): name another folder, by \`--data\` or DATA.`,
    );
  }
  requireWritable(data);
  requireRoom(data);
  const release = await take(data);
  if (release === undefined) return () => undefined;
  deleteUnusedFiles(data); // of a folder that is ours alone
  return release;
}

/** @throws SettingError where the disk, or the user's part of it, is full: workerd would end with a trace */
function requireRoom(data: string): void {
  const probe = join(data, PROBE);
  try {
    writeFileSync(probe, new Uint8Array(LEAST_ROOM_BYTES));
  } catch (error) {
    throw new SettingError(
      `The storage has no room: ${data} (${codeOf(error)}). Make room on its disk; what is stored stays.`,
    );
  } finally {
    rmSync(probe, { force: true });
  }
}

/** @throws SettingError; workerd would tell of a path in the middle of a trace */
function requireWritable(data: string): void {
  for (const name of ['.', ...readdirSync(data)]) {
    const path = join(data, name);
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      const code = codeOf(error);
      const cure =
        code === 'EROFS'
          ? 'It lies on a file system that is read-only: mount one that can be written.'
          : 'All in it has to belong to the user that the server runs as, in the container node (1000).';
      throw new SettingError(`The storage cannot be written: ${path} (${code}). ${cure}`);
    }
  }
}

/**
 * @returns undefined where the system keeps nobody out
 * @throws SettingError where another server listens on the socket; one that was killed has left it over
 */
async function take(data: string): Promise<(() => void) | undefined> {
  const path = socketIn(data);
  if (path === undefined) return undefined;
  const server = createServer((socket) => socket.destroy());
  const listen = () =>
    new Promise<string | undefined>((done) => {
      server.once('error', (error) => done(codeOf(error)));
      server.listen(path, () => done(undefined));
    });
  let failure = await listen();
  if (failure === 'EADDRINUSE') {
    if (await isAnswered(path)) {
      throw new SettingError(
        `Another server uses the storage ${data}: two would lose what each other stores. Stop that one ` +
          'first, or name another folder, by `--data` or DATA.',
      );
    }
    rmSync(path, { force: true });
    failure = await listen();
  }
  // File systems without sockets (folders of a Mac in a container) keep nobody out.
  if (failure !== undefined) return undefined;
  server.unref();
  return () => void server.close();
}

/** A path to the socket that is not cut off, as Node does with longer ones; undefined where there is none. */
function socketIn(data: string): string | undefined {
  const path = join(data, LOCK);
  const short = [path, relative('', path)].find(
    (one) => Buffer.byteLength(one) <= MAX_SOCKET_BYTES,
  );
  if (short !== undefined) return short;
  const open = `/proc/self/fd/${openSync(data, 'r')}`; // Linux: the folder by its number
  return existsSync(open) ? join(open, LOCK) : undefined;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
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

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
