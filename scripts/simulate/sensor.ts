/** Camera sensor: exposure, and noise. */
import type { Pixels } from '../../worker/image/pixels.ts';

export interface Sensor {
  /** Times the light. */
  readonly gain: number;
  /** Standard deviation of the noise in 8-bit levels, of mid grey. */
  readonly noise: number;
}

/** @param next uniform numbers in [0, 1) */
export function expose({ width, height, rgb }: Pixels, sensor: Sensor, next: () => number): Pixels {
  const out = new Uint8Array(rgb.length);
  for (let i = 0; i < out.length; i++) {
    const value = (rgb[i] as number) * sensor.gain;
    // Photon noise grows with the root of the light; the sum of two uniforms is near enough normal.
    const gaussian = (next() + next() - 1) * Math.sqrt(6);
    const noisy = value + gaussian * sensor.noise * Math.sqrt(Math.max(value, 8) / 128);
    out[i] = Math.min(255, Math.max(0, noisy + 0.5));
  }
  return { width, height, rgb: out };
}
