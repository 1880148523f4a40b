/** Settings that keep a server of one's own from starting: told before workerd starts. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettingError } from '../../../scripts/self-host/setting-error.ts';
import { portOf, type Settings, serve } from '../../../scripts/self-host/start.ts';
import { openStorage } from '../../../scripts/self-host/storage.ts';
import { MANIFEST, READABLE } from './settings.ts';

let folder = '';
let data = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'self-host-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the storage', () => {
  it('is of one server at a time, whatever the path to it is', async () => {
    const release = await openStorage(data);
    symlinkSync(data, join(folder, 'link'));
    for (const path of [data, join(folder, 'link')]) {
      await expect(openStorage(path)).rejects.toThrow(SettingError);
      await expect(openStorage(path)).rejects.toThrow('Another server uses the storage');
    }
    release();
    (await openStorage(data))();
    expect(readdirSync(data)).toEqual([]);
  });

  it('is that folder, however long its path is', async () => {
    const long = join(folder, 'x'.repeat(120));
    const release = await openStorage(join(long, 'data'));
    expect(readdirSync(join(long, 'data'))).toEqual(['in-use.sock']);
    await expect(openStorage(join(long, 'data'))).rejects.toThrow('Another server');
    (await openStorage(join(long, 'other')))();
    release();
    expect(readdirSync(folder)).toEqual(['x'.repeat(120)]);
  });

  it('is free again after a server that was killed', async () => {
    mkdirSync(data);
    const socket = JSON.stringify(join(data, 'in-use.sock'));
    const kill = "process.kill(process.pid, 'SIGKILL')";
    spawnSync(process.execPath, ['-e', `net.createServer().listen(${socket}, () => ${kill})`]);
    expect(readdirSync(data)).toEqual(['in-use.sock']);
    const release = await openStorage(data);
    await expect(openStorage(data)).rejects.toThrow('Another server');
    release();
  });

  it('gets rid of files of objects that have stored nothing', async () => {
    const objects = join(data, 'visavis-Attempts');
    mkdirSync(objects, { recursive: true });
    const file = (digit: string, pages: number, more = '') => {
      const name = `${digit.repeat(64)}.sqlite`;
      const header = Buffer.alloc(pages * 4096);
      header.write('SQLite format 3\0');
      header.writeUInt16BE(4096, 16);
      writeFileSync(join(objects, name), header);
      if (more !== '') writeFileSync(join(objects, name + more), '');
      return name;
    };
    file('a', 1);
    writeFileSync(join(objects, 'metadata.sqlite'), Buffer.alloc(4096));
    // One with a table, those that a server has open or has left so, and what is no database.
    const kept = [file('b', 2), file('c', 1, '-wal'), file('d', 1, '-shm'), 'metadata.sqlite'];
    writeFileSync(join(objects, `${'e'.repeat(64)}.sqlite`), Buffer.alloc(4096));
    (await openStorage(data))();
    const left = readdirSync(objects).filter((name) => name.endsWith('.sqlite'));
    expect(left).toEqual([...kept, `${'e'.repeat(64)}.sqlite`].sort());
  });

  it.runIf(existsSync('/dev/full'))('is on a disk that has room', async () => {
    mkdirSync(data);
    symlinkSync('/dev/full', join(data, 'room.probe'));
    await expect(openStorage(data)).rejects.toThrow(`no room: ${data} (ENOSPC)`);
    expect(readdirSync(data)).toEqual([]);
  });

  it('is a folder that can be made, and written', async () => {
    writeFileSync(data, '');
    await expect(openStorage(data)).rejects.toThrow(`No storage can be made at ${data} (EEXIST)`);
    rmSync(data);
    mkdirSync(data);
    symlinkSync('nowhere', join(data, 'visavis-Gallery'));
    await expect(openStorage(data)).rejects.toThrow(
      `The storage cannot be written: ${join(data, 'visavis-Gallery')} (ENOENT)`,
    );
  });
});

describe('a server', () => {
  const starting = (settings: Partial<Settings>) => {
    const bundle = join(folder, 'bundle');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'manifest.json'), JSON.stringify(MANIFEST));
    const common = { bundle, workerd: join(folder, 'nowhere'), host: '127.0.0.1', port: 0, data };
    return serve({ ...common, ...settings }, READABLE);
  };

  it.each([
    [{}, /^workerd cannot be started \(.*nowhere: ENOENT\): name its executable with WORKERD/],
    [{ host: '192.0.2.1', port: 8787 }, /^192\.0\.2\.1:8787 .*EADDRNOTAVAIL.* with --host, or/],
    [{ clientIpHeader: 'X Forwarded' }, /^No header is called 'X Forwarded'/],
  ])('does not start, and says why: %o', async (settings, said) => {
    const failed = await starting(settings).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SettingError);
    expect((failed as Error).message).toMatch(said);
    (await openStorage(data))(); // it holds nothing any longer
  });

  it('says where it writes its configuration, if it cannot', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'tmp'));
    try {
      await expect(starting({})).rejects.toThrow(/tmp cannot be written \(ENOENT\).*--tmpfs/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('takes the number of a port', () => {
    expect(['0', '8787', '65535'].map(portOf)).toEqual([0, 8787, 65_535]);
    for (const text of ['', 'http', '65536', '-1', '80.5', '1e3']) {
      expect(() => portOf(text)).toThrow(SettingError);
    }
  });
});
