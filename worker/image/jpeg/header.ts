/**
 * The markers of a JPEG file, read without decoding a pixel (ITU-T T.81, Annex B).
 *
 * What libjpeg will do is decided by these few bytes, so cost is judged here, before any of it is
 * spent: size, how many coefficients it must hold at once, how many passes over them it will make.
 */
import { MAX_JPEG_REPEATED_STARTS } from '../../limits.ts';
import { hasExifSignature } from '../exif.ts';
import { ScanCoverage } from './scans.ts';

export interface JpegHeader {
  /** Low byte of the SOFn marker: 0xc0 baseline, 0xc1 extended sequential, 0xc2 progressive, … */
  readonly frame: number;
  /** Bits a sample. */
  readonly precision: number;
  /** Pixels, as stored (before orientation). A height of 0 promises a DNL marker (B.2.5). */
  readonly width: number;
  readonly height: number;
  /** Identifiers of the components: 1 is greyscale, 3 colour, 4 CMYK or YCCK. */
  readonly components: readonly number[];
  /** All the DCT coefficients of the frame, as libjpeg stores them (16 bits each). */
  readonly coefficientBytes: number;
  /** Name of the colour sampling, where it is a usual one: `4:2:0`. */
  readonly subsampling: string | undefined;
  /** True where libjpeg has to keep every coefficient until the last scan. */
  readonly buffered: boolean;
  /** SOS markers up to the end-of-image marker, or the end of the file. */
  readonly scans: number;
  /** False where the file lacks an end-of-image marker. */
  readonly ended: boolean;
  /** True where the scans tell every coefficient in full. */
  readonly complete: boolean;
  /** Offset of the entropy-coded data of the first scan. */
  readonly firstScan: number;
  /** Offsets of further start-of-image markers before the first scan. */
  readonly repeatedStarts: readonly number[];
  /** Bodies of all APP1 that are Exif (EXIF 2.32, 4.7.2). */
  readonly exif: readonly Uint8Array[];
}

const SOF_FIRST = 0xc0;
const SOF_LAST = 0xcf;
export const SOF_PROGRESSIVE = 0xc2;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const RST0 = 0xd0;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const TEM = 0x01;

/** More than one is a mistake of some writer; what the later ones say hardly counts. */
const MAX_EXIF_BLOCKS = 8;

type Frame = Pick<
  JpegHeader,
  'frame' | 'precision' | 'width' | 'height' | 'components' | 'coefficientBytes' | 'subsampling'
>;

/**
 * Walk the markers from SOI to EOI, over the entropy-coded data too: what lies between scans is
 * found the way libjpeg finds it, and nothing after EOI is looked at (phones append previews and
 * whole videos there, full of bytes that look like markers).
 *
 * @returns undefined where no frame and scan can be found.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  let frame: Frame | undefined;
  let coverage: ScanCoverage | undefined;
  const exif: Uint8Array[] = [];
  const repeatedStarts: number[] = [];
  let buffered = false;
  let firstScan = 0;
  let scans = 0;
  let ended = false;
  let at = 2;
  while (true) {
    at = nextMarker(bytes, at);
    if (at < 0) break;
    const marker = bytes[at++] as number;
    if (marker === EOI) {
      ended = true;
      break;
    }
    if (marker === SOI && scans === 0) {
      if (repeatedStarts.length === MAX_JPEG_REPEATED_STARTS) return undefined;
      repeatedStarts.push(at - 2);
    }
    if (marker === SOI || marker === TEM) continue;
    const length =
      at + 2 <= bytes.length ? ((bytes[at] as number) << 8) | (bytes[at + 1] as number) : 0;
    if (length < 2 || at + length > bytes.length) break;
    // No object for a segment that nothing is read of: 10 MiB have room for 2.6 million.
    const body = at + 2;
    const end = at + length;
    at = end;
    if (isFrame(marker)) {
      if (frame) return undefined;
      frame = readFrame(marker, bytes.subarray(body, end));
      if (!frame) return undefined;
      coverage = new ScanCoverage(frame.components, marker === SOF_PROGRESSIVE);
    } else if (marker === SOS) {
      if (!frame) return undefined;
      const scan = bytes.subarray(body, end);
      coverage?.add(scan);
      // A first scan that lacks a component means more scans, and all must be held until the last.
      if (scans++ === 0) {
        buffered = frame.frame === SOF_PROGRESSIVE || (scan[0] as number) < frame.components.length;
        firstScan = at;
      }
    } else if (marker === APP1 && exif.length < MAX_EXIF_BLOCKS && hasExifSignature(bytes, body)) {
      exif.push(bytes.subarray(body, end));
    }
  }
  if (!frame || !coverage || scans === 0) return undefined;
  const { complete } = coverage;
  return { ...frame, buffered, scans, ended, complete, firstScan, repeatedStarts, exif };
}

/**
 * Offset of the code of the next marker, or -1. Stuffed zeros and restart markers belong to the
 * entropy-coded data (B.1.1.5); repeated 0xff are fill (B.1.1.2).
 */
function nextMarker(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 1;
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at < last; at = bytes.indexOf(0xff, at + 1)) {
    while (at + 1 < last && bytes[at + 1] === 0xff) at++; // fill
    const code = bytes[at + 1] as number;
    if (code === 0xff || code === 0 || (code >= RST0 && code < SOI)) continue;
    return at + 1;
  }
  return -1;
}

function isFrame(marker: number): boolean {
  return (
    marker >= SOF_FIRST && marker <= SOF_LAST && marker !== DHT && marker !== JPG && marker !== DAC
  );
}

/** Names of sampling factors: those of the luma, behind them those of two chromas. */
const SUBSAMPLING: Readonly<Record<string, string>> = {
  '2x2,1x1,1x1': '4:2:0',
  '2x1,1x1,1x1': '4:2:2',
  '1x1,1x1,1x1': '4:4:4',
};

/** The frame header (B.2.2). */
function readFrame(marker: number, body: Uint8Array): Frame | undefined {
  const count = body[5] ?? 0;
  if (count === 0 || body.length < 6 + 3 * count) return undefined;
  const height = ((body[1] as number) << 8) | (body[2] as number);
  const width = ((body[3] as number) << 8) | (body[4] as number);
  const components: number[] = [];
  const sampling: { h: number; v: number }[] = [];
  for (let i = 0; i < count; i++) {
    components.push(body[6 + 3 * i] as number);
    const factors = body[7 + 3 * i] as number;
    const h = factors >> 4;
    const v = factors & 15;
    if (h < 1 || h > 4 || v < 1 || v > 4) return undefined;
    sampling.push({ h, v });
  }
  const hMax = Math.max(...sampling.map((s) => s.h));
  const vMax = Math.max(...sampling.map((s) => s.v));
  const mcus = Math.ceil(width / (8 * hMax)) * Math.ceil(height / (8 * vMax));
  const blocks = sampling.reduce((sum, s) => sum + s.h * s.v, 0);
  return {
    frame: marker,
    precision: body[0] as number,
    width,
    height,
    components,
    coefficientBytes: mcus * blocks * 64 * 2,
    subsampling: SUBSAMPLING[sampling.map(({ h, v }) => `${h}x${v}`).join()],
  };
}
