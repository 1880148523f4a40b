/** Key of the code that a kept result depends on. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { PICTURE_FILES } from '../engine/modules.ts';
import { DETECTOR, LANDMARKER } from '../engine/networks.ts';
import { sha256 } from '../engine/sha256.ts';
import { keyOf } from './journal.ts';

/**
 * Key of a script and of all that it imports from here, without comments and white space, so that a
 * change elsewhere asks for nothing anew; and of the networks and codecs that find faces.
 *
 * @param script a module that calls `serve`
 */
export async function codeKey(script: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(script)],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const code = outputFiles.map(({ text }) => text);
  return keyOf(...code, ...[DETECTOR, LANDMARKER, ...Object.values(PICTURE_FILES)].map(sha256));
}
