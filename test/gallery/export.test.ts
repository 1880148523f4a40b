/** Exports: sealed pages, and what is none of this version. */
import { base64url } from 'jose';
import { expect, it } from 'vitest';
import { DEVELOPMENT_TEMPLATE_KEYS } from '../../worker/auth/development.ts';
import { openExport, sealExport } from '../../worker/gallery/export.ts';
import { encodePage } from '../../worker/gallery/pages.ts';
import { keyRing, seal } from '../../worker/login/sealed-token.ts';
import { entry } from './contract.ts';

const keys = await keyRing({ TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS });
const entries = [entry('anna', 0, [1, 2]), entry('bob', 1)];

it('gives its tenant what went in, to the bit', async () => {
  const page = await sealExport('acme', entries, keys);
  expect(await openExport(page, 'acme', keys)).toEqual(entries);
});

it('refuses a page that was sealed here, but not as this version seals', async () => {
  const later = encodePage(entries);
  const version = later.indexOf('2'.charCodeAt(0), 4); // behind the length of the header: {"v":2
  expect(new TextDecoder().decode(later.subarray(4, version))).toBe('{"v":');
  later[version] = '3'.charCodeAt(0);
  const failure = { code: 'export_invalid', field: 'page' };
  for (const page of [base64url.encode(later), base64url.encode(new Uint8Array(2)), 'not base64']) {
    const token = await seal('gallery', { v: 1, tenant: 'acme', page }, keys);
    await expect(openExport(token, 'acme', keys)).rejects.toMatchObject({ failure });
  }
});
