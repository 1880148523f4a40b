import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

describe('npm run tool -- keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const file = join(folder, 'tenants.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is a command: the key alone on one stream, all else on the other', async () => {
    const command = (...args: string[]) =>
      spawnSync(
        process.execPath,
        ['--import', 'tsx', 'scripts/tool.ts', 'keys', ...args, '--file', file],
        {
          encoding: 'utf8',
        },
      );
    const made = command('create', 'acme', 'web-1');
    expect(made.status).toBe(0);
    expect(made.stdout).toMatch(/^visavis_[\w-]{43}\n$/);
    expect(made.stderr).toContain('npx wrangler secret put API_KEYS');
    expect(made.stderr).not.toContain(made.stdout.trim());
    const again = command('create', 'acme', 'web-1');
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toMatch(/^acme has a key web-1 already/);
    expect(again.stderr).not.toMatch(/^\s+at /m); // no stack
  });
});
