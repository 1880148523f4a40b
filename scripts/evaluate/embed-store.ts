/**
 * Embeddings kept between runs, where the variable EMBEDDINGS names a folder: a measurement that was
 * cut off goes on where it was, and one run can embed by networks that later ones report on. To be
 * emptied after a change of the pipeline: what is kept is told by the network, not by the crop.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Quality } from '../../worker/face/quality.ts';
import { sha256 } from '../runtime/model-folder.ts';

/** A picture by one network: its embedding, or the code of its refusal. */
export type Kept =
  | { readonly embedding: Float32Array; readonly quality: Quality }
  | { readonly code: string };

interface Line {
  readonly file: string;
  readonly code?: string;
  readonly quality?: Quality;
  /** Base64 of 32-bit floats. */
  readonly embedding?: string;
}

export class EmbedStore {
  readonly #path: string | undefined;
  readonly #kept = new Map<string, Kept>();

  /** @param of all that an embedding hangs on beside the picture and the network */
  constructor(network: string, of: string, folder = process.env.EMBEDDINGS) {
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `${sha256(network).slice(0, 12)}-${of}.jsonl`);
    if (!existsSync(this.#path)) return;
    const text = readFileSync(this.#path, 'utf8');
    for (const line of text.split('\n')) this.#keep(line);
    // What was cut off stays a line of its own.
    if (text !== '' && !text.endsWith('\n')) appendFileSync(this.#path, '\n');
  }

  #keep(text: string): void {
    const line = parse(text);
    if (line === undefined) return;
    const { file, code, quality, embedding } = line;
    if (code !== undefined) this.#kept.set(file, { code });
    else this.#kept.set(file, { quality: quality as Quality, embedding: floats(embedding ?? '') });
  }

  get(file: string): Kept | undefined {
    return this.#kept.get(file);
  }

  put(file: string, kept: Kept): void {
    if (this.#path === undefined) return;
    const line: Line =
      'code' in kept ? { file, ...kept } : { file, ...kept, embedding: base64(kept.embedding) };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

/** @returns undefined for a line that was cut off */
function parse(text: string): Line | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Line);
  } catch {
    return undefined;
  }
}

function floats(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
