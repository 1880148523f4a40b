/**
 * The sampling kernels that the Worker carries, compiled from C: `npm run tool -- sampling`.
 *
 * It needs clang and lld (Debian: `clang-14 lld-14`); nobody else does, since the module is kept in
 * the repository. A custom section holds the SHA-256 of the source and the flags that it was built
 * from, and a test compares it with the source.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineTool } from '../define-tool.ts';
import { join, unsigned } from './wasm-binary.ts';

const FOLDER = new URL('../../worker/image/sampling/', import.meta.url);
const SOURCE = new URL('sampling.c', FOLDER);
const TARGET = new URL('sampling.wasm', FOLDER);

const COMPILER = process.env.CLANG ?? 'clang-14';
const FLAGS = [
  '--target=wasm32',
  ...['-msimd128', '-mnontrapping-fptoint'],
  ...['-O3', '-ffreestanding', '-nostdlib'],
  ...['-Wall', '-Wextra', '-Werror'],
  ...['-Wl,--no-entry', '-Wl,--export=__heap_base', '-Wl,-z,stack-size=4096', '-Wl,--strip-all'],
];

/** Name of the custom section (WebAssembly Core Specification 2.0, 5.5.3). */
export const SECTION = 'source-sha256';

/** SHA-256, in hex, of the source and how it is compiled. */
export function sourceSha256(): string {
  return createHash('sha256').update(readFileSync(SOURCE)).update(FLAGS.join(' ')).digest('hex');
}

function build(): void {
  const folder = mkdtempSync(joinPath(tmpdir(), 'sampling-'));
  try {
    const out = joinPath(folder, 'sampling.wasm');
    execFileSync(COMPILER, [...FLAGS, '-o', out, fileURLToPath(SOURCE)], { stdio: 'inherit' });
    const text = new TextEncoder();
    const name = text.encode(SECTION);
    const body = join([unsigned(name.length), name, text.encode(sourceSha256())]);
    writeFileSync(TARGET, join([readFileSync(out), Uint8Array.of(0), unsigned(body.length), body]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export default defineTool({
  name: 'sampling',
  description: 'Compile the sampling kernels, after a change of their source in C',
  args: {},
  run: build,
});
