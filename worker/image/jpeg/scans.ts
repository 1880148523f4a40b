/** The scans of a JPEG (ITU-T T.81, B.2.3 and G.1): which coefficients they have told in full. */

const COEFFICIENTS = 64;
const UNTOLD = 255;

export class ScanCoverage {
  /** Bits still to come, by component and coefficient; 0 is full precision. */
  private readonly missing: Map<number, Uint8Array>;

  /** @param components their identifiers, as in the frame header */
  constructor(
    components: readonly number[],
    private readonly progressive: boolean,
  ) {
    this.missing = new Map(components.map((id) => [id, new Uint8Array(COEFFICIENTS).fill(UNTOLD)]));
  }

  /** @param header the body of an SOS marker */
  add(header: Uint8Array): void {
    const count = header[0] ?? 0;
    const at = 1 + 2 * count;
    // A sequential scan tells every coefficient, whatever it says here: libjpeg does not look.
    const [first, last, low] = this.progressive
      ? [header[at] ?? 0, header[at + 1] ?? 0, (header[at + 2] ?? 0) & 15]
      : [0, COEFFICIENTS - 1, 0];
    for (let i = 0; i < count; i++) {
      this.missing.get(header[1 + 2 * i] ?? 0)?.fill(low, first, last + 1);
    }
  }

  /** Nothing is left to come: what lacks only its end-of-image marker lacks no sharpness. */
  get complete(): boolean {
    return [...this.missing.values()].every((bits) => bits.every((bit) => bit === 0));
  }
}
