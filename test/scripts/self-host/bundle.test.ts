/** The folder of a bundle, and the server that is started from it. */
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
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  canStart,
  isBundle,
  makeBundle,
  replaceBundle,
} from '../../../scripts/self-host/bundle.ts';
import { SettingError } from '../../../scripts/self-host/setting-error.ts';
import { serve } from '../../../scripts/self-host/start.ts';
import { MANIFEST, READABLE, SECRETS } from './settings.ts';

describe('the folder of a bundle', () => {
  let folder = '';
  let bundle = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'self-host-'));
    bundle = join(folder, 'bundle');
    write(bundle, 'manifest.json', 'web/app.js', 'workerd/entry.mjs');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (at: string, ...files: string[]) => {
    for (const file of files) {
      mkdirSync(dirname(join(at, file)), { recursive: true });
      writeFileSync(join(at, file), '{}');
    }
  };

  it('is made anew where the bundle is of another version', () => {
    expect([isBundle(bundle), canStart(bundle)]).toEqual([true, true]);
    rmSync(join(bundle, 'workerd'), { recursive: true });
    expect([isBundle(bundle), canStart(bundle)]).toEqual([true, false]);
  });

  it('is replaced, with nothing left of the bundle before', () => {
    const made = join(folder, 'made');
    write(made, 'manifest.json', 'web/other.js');
    replaceBundle(bundle, made);
    expect(existsSync(made)).toBe(false);
    expect(readdirSync(bundle, { recursive: true }).sort()).toEqual([
      'manifest.json',
      'web',
      'web/other.js',
    ]);
  });

  it('is left alone where a server stores in it', async () => {
    const stored = 'data/visavis-Gallery/1.sqlite';
    write(bundle, stored);
    const made = join(folder, 'made');
    write(made, 'manifest.json');
    const words = /no part of a bundle: data\. .*--data/;
    expect(() => replaceBundle(bundle, made)).toThrow(words);
    await expect(makeBundle(bundle)).rejects.toThrow(words);
    expect(existsSync(join(bundle, stored))).toBe(true);
    expect(canStart(bundle)).toBe(true);
  });

  it('is not where a server may store', async () => {
    symlinkSync(bundle, join(folder, 'link'));
    const settings = { bundle, workerd: 'workerd', host: '::1', port: 0 };
    for (const data of [bundle, join(bundle, 'data'), join(folder, 'link/a/b')]) {
      const starting = serve({ ...settings, data }, SECRETS);
      await expect(starting).rejects.toThrow(SettingError);
      await expect(starting).rejects.toThrow('inside the bundle');
    }
    expect(readdirSync(bundle)).not.toContain('data');
  });
});

describe('a server', () => {
  it('tells its port, in however many pieces workerd tells of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'self-host-'));
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      const bundle = join(folder, 'bundle');
      mkdirSync(bundle);
      writeFileSync(join(bundle, 'manifest.json'), JSON.stringify(MANIFEST));
      const workerd = join(folder, 'workerd.mjs');
      const pieces = ['{"event":"other","n":1}\n{"event":"listen","po', 'rt":51', '234}\n'];
      writeFileSync(
        workerd,
        `#!${process.execPath}
        import { writeSync } from 'node:fs';
        import { setTimeout } from 'node:timers/promises';
        for (const piece of ${JSON.stringify(pieces)}) {
          writeSync(3, piece);
          await setTimeout(100);
        }`,
        { mode: 0o755 },
      );
      const settings = { bundle, workerd, host: '::1', port: 0, data: join(folder, 'data') };
      expect(await serve(settings, READABLE)).toBe(0);
      expect(log.mock.calls).toEqual([['Ready on http://[::1]:51234']]);
    } finally {
      log.mockRestore();
      rmSync(folder, { recursive: true });
    }
  });
});
