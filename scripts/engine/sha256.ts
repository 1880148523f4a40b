import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** SHA-256 of a file, in hexadecimal digits. */
export function sha256(file: string | URL): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
