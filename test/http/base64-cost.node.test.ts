import { expect, it } from 'vitest';
import { decodeInPlace } from '../../worker/http/base64.ts';

const BYTES = 6 * 1024 * 1024;
const ROUNDS = 5;

/** Least CPU time, in milliseconds, of decoding this text over and over. */
function cost(piece: string): number {
  const text = new TextEncoder().encode(piece.repeat(BYTES / piece.length));
  const times = Array.from({ length: ROUNDS }, () => {
    const copy = text.slice();
    const start = process.threadCpuUsage();
    expect(decodeInPlace(copy)).toBeInstanceOf(Uint8Array);
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

it('an escape costs no more than the bytes it is written in', () => {
  expect(cost('\\u0041')).toBeLessThan(2 * cost('AAAAAA'));
});
