/**
 * Surfaces that a photo can be put on: a head, or a sheet of paper.
 *
 * Face coordinates: from between the eyes, `u` along them to the person's own left, `v` down the
 * face, heights towards the viewer; the unit is the distance of the eyes (63 mm in adults).
 */
export interface Surface {
  /** Height over the plane of the eyes; undefined beyond the edge. */
  height(u: number, v: number): number | undefined;
  /** Stretch of `u` and `v` that is drawn. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Pivot that the surface turns about, on u = 0: of a head, the upper neck joint. */
  readonly pivot: { readonly v: number; readonly height: number };
}

/**
 * Half-breadth at the ears, half-height above and below the middle, depth: 77, 120, 160, 107 mm.
 */
const HEAD = { breadth: 1.22, above: 1.9, below: 2.55, depth: 1.7, middle: 0.45 } as const;
/** Edge of what is drawn, in units of the head's outline: hair stands out a little. */
const OUTLINE = 1.12;
/** The tip of the nose, 0.23 over the cheeks: 0.43 before the eyes (27 mm). */
const NOSE = { bridge: -0.05, tip: 0.6, end: 0.8, height: 0.23 } as const;
const SOCKET = 0.06;
const CHIN = 0.1;

/**
 * A head as generic as can be: half an ellipsoid with a nose, a chin and eye sockets, its measures
 * those of the six-point head of OpenCV's and dlib's pose tutorials (tip of the nose 27 mm before
 * the corners of the eyes, 25 mm before those of the mouth) and adult means for the rest.
 */
export const head: Surface = {
  height(u, v) {
    const dv = (v - HEAD.middle) / (v < HEAD.middle ? HEAD.above : HEAD.below);
    const q = Math.abs(u / HEAD.breadth) ** 3 + dv * dv;
    if (q > OUTLINE) return undefined;
    return dome(u, v, q) - AT_EYES;
  },
  left: -1.4,
  right: 1.4,
  top: -1.7,
  bottom: 3.2,
  pivot: { v: 0.9, height: -1.4 },
};

function dome(u: number, v: number, q: number): number {
  // Past the outline it falls away steeply instead of ending.
  const round = q < 0.97 ? Math.sqrt(1 - q) : Math.sqrt(0.03) - (q - 0.97) * 2;
  const up = (v - NOSE.bridge) / (NOSE.tip - NOSE.bridge);
  const ridge =
    v < NOSE.tip ? Math.max(0, up) : Math.max(0, (NOSE.end - v) / (NOSE.end - NOSE.tip));
  const width = 0.1 + 0.08 * Math.min(1, Math.max(0, up));
  const nose = NOSE.height * ridge * Math.exp(-((u / width) ** 2) / 2);
  const sockets = SOCKET * bump(Math.abs(u) - 0.5, v, 0.2);
  return HEAD.depth * round + nose + CHIN * bump(u, v - 1.75, 0.3) - sockets;
}

function bump(u: number, v: number, width: number): number {
  return Math.exp(-(u * u + v * v) / (2 * width * width));
}

const AT_EYES = dome(0.5, 0, (0.5 / HEAD.breadth) ** 3 + (HEAD.middle / HEAD.above) ** 2);

/**
 * A print of the whole photo, or a screen that shows it.
 *
 * @param size the photo's edges in face coordinates
 * @param bend curvature in 1/unit, positive when its middle stands out: about the upright axis
 *   (as round a tin), or about the level one
 */
export function sheet(
  size: Pick<Surface, 'left' | 'right' | 'top' | 'bottom'>,
  bend: { readonly upright?: number; readonly level?: number } = {},
): Surface {
  const { upright = 0, level = 0 } = bend;
  const MIDDLE = 0.6;
  return {
    ...size,
    height: (u, v) => -arc(u, upright) - arc(v - MIDDLE, level),
    pivot: { v: MIDDLE, height: 0 },
  };
}

/** Fall of a circle `x` from its top; straight on where it has turned by 60°. */
function arc(x: number, curvature: number): number {
  if (curvature === 0) return 0;
  const radius = 1 / curvature;
  const edge = Math.min(Math.abs(x), Math.abs(radius) * 0.87);
  const slope = edge / Math.sqrt(radius * radius - edge * edge);
  const fall = Math.abs(radius) - Math.sqrt(radius * radius - edge * edge);
  return Math.sign(curvature) * (fall + slope * (Math.abs(x) - edge));
}
