/** C compiled to a WebAssembly module that is kept in the repository beside its source. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { join, unsigned } from './binary.ts';

const COMPILER = process.env.CLANG ?? 'clang-19';
const FLAGS = [
  '--target=wasm32',
  ...['-msimd128', '-mnontrapping-fptoint'],
  ...['-O3', '-ffreestanding', '-nostdlib'],
  ...['-Wall', '-Wextra', '-Werror'],
  ...['-Wl,--no-entry', '-Wl,--strip-all'],
];

/** Name of the custom section (WebAssembly Core Specification 2.0, 5.5.3). */
export const SECTION = 'source-sha256';

/** A module, and how it is made. */
export interface Source {
  /** File of C. */
  readonly source: URL;
  /** Files that it includes. */
  readonly headers?: readonly URL[];
  readonly target: URL;
  /** Flags besides the common ones. */
  readonly flags: readonly string[];
}

const flagsOf = ({ flags }: Source) => [...FLAGS, ...flags];

/** SHA-256, in hex, of the source and how it is compiled. */
export function sourceSha256(source: Source): string {
  const hash = createHash('sha256');
  for (const file of [source.source, ...(source.headers ?? [])]) hash.update(readFileSync(file));
  return hash.update(flagsOf(source).join(' ')).digest('hex');
}

/** Compiles, and writes the SHA-256 of the source into the module, by which a test tells old ones. */
export function compile(source: Source): void {
  const folder = mkdtempSync(joinPath(tmpdir(), 'clang-'));
  try {
    const out = joinPath(folder, 'module.wasm');
    const file = fileURLToPath(source.source);
    execFileSync(COMPILER, [...flagsOf(source), '-o', out, file], { stdio: 'inherit' });
    const text = new TextEncoder();
    const name = text.encode(SECTION);
    const body = join([unsigned(name.length), name, text.encode(sourceSha256(source))]);
    const module = join([readFileSync(out), Uint8Array.of(0), unsigned(body.length), body]);
    writeFileSync(source.target, module);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
