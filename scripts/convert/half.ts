/** IEEE 754 binary16, as some files store weights. */

/** @throws Error for an infinity or NaN, which no weight is */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) throw new Error('a weight is not finite');
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
