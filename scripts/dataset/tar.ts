/** Finds the files in a tar archive without unpacking it (POSIX ustar; GNU long names too). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface TarEntry {
  readonly name: string;
  /** Offset of the file's bytes in the archive. */
  readonly offset: number;
  readonly length: number;
}

const BLOCK = 512;

/** @throws Error when a header's checksum is wrong: no tar, or a compressed one */
export function listTar(file: string): TarEntry[] {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const entries: TarEntry[] = [];
    const header = Buffer.alloc(BLOCK);
    let longName: string | undefined;
    for (let at = 0; at + BLOCK <= size; ) {
      readSync(handle, header, 0, BLOCK, at);
      if (header.every((byte) => byte === 0)) break;
      if (!sound(header)) throw new Error(`${file} is not a tar archive (unpack compressed ones)`);
      const length = Number.parseInt(text(header, 124, 12), 8);
      const type = String.fromCharCode(header[156] as number);
      const offset = at + BLOCK;
      if (type === 'L') {
        const name = Buffer.alloc(length);
        readSync(handle, name, 0, length, offset);
        longName = text(name, 0, length);
      } else {
        const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
        const name = longName ?? (prefix ? `${prefix}/` : '') + text(header, 0, 100);
        if (type === '0' || type === '\0') entries.push({ name, offset, length });
        longName = undefined;
      }
      at = offset + Math.ceil(length / BLOCK) * BLOCK;
    }
    return entries;
  } finally {
    closeSync(handle);
  }
}

function text(bytes: Buffer, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('utf8', from, end < 0 || end > from + length ? from + length : end).trim();
}

/** The header's bytes summed, its own field counted as spaces. */
function sound(header: Buffer): boolean {
  let sum = 8 * 0x20;
  for (const [i, byte] of header.entries()) if (i < 148 || i >= 156) sum += byte;
  return sum === Number.parseInt(text(header, 148, 8), 8);
}
