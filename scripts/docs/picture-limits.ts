/** Limits of pictures as docs/api.md has them, by the code that holds pictures to them. */
import {
  bufferedJpegLimit,
  JPEG_LIMIT,
  megapixels,
  type PictureLimit,
  pngLimit,
  webpLimit,
} from '../../worker/image/picture-limits.ts';
import { FORMAT_NAMES, type Format } from '../../worker/image/sniff.ts';
import {
  MAX_FRAME_BYTES,
  MAX_JPEG_COEFFICIENT_BYTES,
  MAX_JPEG_SCANNED_BYTES,
  MAX_JPEG_SCANS,
  MAX_PICTURE_BYTES,
  MAX_SIDE_PIXELS,
} from '../../worker/limits.ts';
import { integer, table } from '../report/format.ts';

/** Name of the block in docs/api.md. */
export const PICTURE_LIMITS_BLOCK = 'picture limits';

/** Bytes of coefficients a pixel, by colour sampling: 16 bits each (ITU-T T.81, A.1.1). */
const SAMPLINGS = { '4:2:0': 3, '4:2:2': 4, '4:4:4': 6 } as const;

const PNGS = [
  { depth: 8, samples: 1, alpha: false },
  { depth: 8, samples: 3, alpha: false },
  { depth: 8, samples: 4, alpha: true },
  { depth: 16, samples: 3, alpha: false },
  { depth: 16, samples: 4, alpha: true },
] as const;

const TRAITS: Readonly<Record<Format, { readonly alpha: string; readonly animated: string }>> = {
  jpeg: { alpha: '', animated: '' },
  png: { alpha: 'over white', animated: 'its default image' },
  webp: { alpha: 'over white', animated: 'refused, but for one of one frame' },
};

const row = ({ kind, maxPixels }: PictureLimit, more = '') => [
  kind.replace(/^an? /, ''),
  String(megapixels(maxPixels)),
  more,
];

export function pictureLimits(): string {
  const progressive = Object.entries(SAMPLINGS).map(([subsampling, bytesPerPixel]) =>
    bufferedJpegLimit({ progressive: true, subsampling, bytesPerPixel, scans: 1 }),
  );
  const pngs = PNGS.map(({ depth, samples, alpha }) => {
    const png = { depth, bitsPerPixel: depth * samples, alpha };
    const interlaced = pngLimit({ ...png, interlaced: true });
    return row(pngLimit({ ...png, interlaced: false }), String(megapixels(interlaced.maxPixels)));
  });
  const MiB = 2 ** 20;
  const bytes = `${MAX_PICTURE_BYTES / MiB} MiB; a frame of a login ${MAX_FRAME_BYTES / MiB} MiB`;
  const formats = Object.entries(TRAITS) as [Format, (typeof TRAITS)[Format]][];
  return [
    table(
      ['picture', 'megapixels', 'interlaced'],
      [
        row({ ...JPEG_LIMIT, kind: 'JPEG, baseline' }),
        ...progressive.map((limit) => row(limit)),
        ...pngs,
        ...[false, true].map((planes) => row(webpLimit(planes))),
      ],
    ),
    `No side has more than ${integer(MAX_SIDE_PIXELS)} pixels. A progressive JPEG of more than ` +
      `${MAX_JPEG_SCANNED_BYTES / MAX_JPEG_COEFFICIENT_BYTES} scans may have fewer, and none has more than ` +
      `${MAX_JPEG_SCANS} scans.`,
    table(
      ['format', 'bytes', 'alpha', 'animated'],
      formats.map(([format, { alpha, animated }]) => [
        FORMAT_NAMES[format],
        bytes,
        alpha,
        animated,
      ]),
    ),
  ].join('\n\n');
}
