/** Rows of interleaved samples to rows of RGB. */

/** `sample` over white at `alpha`, both 0..255. */
export function overWhite(sample: number, alpha: number): number {
  return alpha === 255 ? sample : 255 - ((((255 - sample) * alpha + 127) / 255) | 0);
}

/**
 * Take the colours.
 * @param from where in `row` the first pixel starts
 * @param step bytes from a pixel to the next
 * @param next bytes from one colour of a pixel to the next; 0 repeats grey thrice
 */
export function spread(
  row: Uint8Array,
  from: number,
  columns: number,
  rgb: Uint8Array,
  step: number,
  next: number,
): void {
  for (let i = 0, to = 0; i < columns; i++, from += step, to += 3) {
    rgb[to] = row[from] as number;
    rgb[to + 1] = row[from + next] as number;
    rgb[to + 2] = row[from + 2 * next] as number;
  }
}

/** `overWhite` of every sample under every alpha, by alpha and sample: blending divides no more. */
const OVER_WHITE = Uint8Array.from({ length: 256 * 256 }, (_, i) => overWhite(i & 255, i >> 8));

/**
 * Composite over white: a cut-out face gets a plain background, whatever colour its maker left
 * under the transparent parts.
 * @param from where in `row` the first pixel's alpha is
 */
export function blend(
  row: Uint8Array,
  from: number,
  columns: number,
  rgb: Uint8Array,
  step: number,
): void {
  for (let i = 0, to = 0; i < columns; i++, from += step, to += 3) {
    const alpha = row[from] as number;
    if (alpha === 255) continue;
    const under = alpha << 8;
    for (let c = to; c < to + 3; c++) rgb[c] = OVER_WHITE[under | (rgb[c] as number)] as number;
  }
}
