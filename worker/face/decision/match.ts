/**
 * Match: a distance that is at most the threshold. Calibration counts pairs just so (`Rate`).
 *
 * @param distance squared L2 distance
 */
export function isMatch(distance: number, { threshold }: { readonly threshold: number }): boolean {
  return distance <= threshold;
}
