/**
 * Finds the files in a tar archive without unpacking it: POSIX ustar and pax, and GNU's long names.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Mistake } from '../mistake.ts';

export interface TarEntry {
  readonly name: string;
  /** Offset of the file's bytes in the archive. */
  readonly offset: number;
  readonly length: number;
}

const BLOCK = 512;

/** @throws Mistake for a file that is no tar, a compressed one, and one that was cut off */
export function listTar(file: string): TarEntry[] {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const entries: TarEntry[] = [];
    const header = Buffer.alloc(BLOCK);
    let longName: string | undefined;
    let at = 0;
    while (at + BLOCK <= size) {
      readSync(handle, header, 0, BLOCK, at);
      if (header.every((byte) => byte === 0)) break;
      if (!sound(header))
        throw new Mistake(`${file} is not a tar archive (unpack compressed ones)`);
      const length = Number.parseInt(text(header, 124, 12), 8);
      const type = String.fromCharCode(header[156] as number);
      const offset = at + BLOCK;
      at = offset + Math.ceil(length / BLOCK) * BLOCK;
      if (!(at <= size))
        throw new Mistake(`${file} is cut off in the middle of a file: copy it anew`);
      if (type === 'L' || type === 'x') {
        const told = Buffer.alloc(length);
        readSync(handle, told, 0, length, offset);
        longName = type === 'L' ? text(told, 0, length) : (paxPath(told) ?? longName);
        continue;
      }
      const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
      const path = longName ?? (prefix ? `${prefix}/` : '') + text(header, 0, 100);
      const name = path.replace(/^(?:\.\/+)+/, ''); // `tar -cf x.tar .` writes `./a.jpg`
      if (type === '0' || type === '\0') entries.push({ name, offset, length });
      longName = undefined;
    }
    return entries;
  } finally {
    closeSync(handle);
  }
}

/** Name in a pax header, whose records are `LENGTH KEY=VALUE\n`; undefined where it has none. */
function paxPath(records: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(' ', at);
    const length = Number(records.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) break;
    const record = records.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) path = record.slice('path='.length);
    at += length;
  }
  return path;
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
