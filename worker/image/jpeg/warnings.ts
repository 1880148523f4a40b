/**
 * libjpeg's warnings judged: those that leave every pixel as it was meant pass, all others mean
 * damage. The texts are libjpeg's own (jerror.h), as a test pins them.
 */
import { MAX_JPEG_PADDING_BYTES, MAX_JPEG_STRAY_BYTES, MAX_JPEG_WARNINGS } from '../../limits.ts';
import { DecodeError } from '../picture-errors.ts';

/** Warnings that libjpeg gives and then ignores: fields that do not matter to how it decodes. */
const HARMLESS = [
  'Invalid SOS parameters for sequential JPEG', // some cameras write zeros
  'Warning: unknown JFIF revision number',
  'Unknown Adobe color transform code', // taken as YCbCr, by all readers
];

const STRAY = /^Corrupt JPEG data: (\d+) extraneous bytes before marker 0x([0-9a-f]{2})$/;
const RST0 = 0xd0;
const RST7 = 0xd7;
const EOI = 0xd9;

/** Judges the warnings of one picture, in the order in which they come. */
export class WarningJudge {
  private count = 0;

  /**
   * @param bytes the file
   * @param firstScan where the entropy-coded data begin: before it, stray bytes hit no pixel
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly firstScan: number,
  ) {}

  /**
   * @param text the warning
   * @param at how far libjpeg has read
   * @throws DecodeError where it means damage
   */
  judge(text: string, at: number): void {
    if (++this.count > MAX_JPEG_WARNINGS) throw new DecodeError('too many warnings');
    if (HARMLESS.some((start) => text.startsWith(start))) return;
    const stray = STRAY.exec(text);
    if (!stray) throw new DecodeError(text);
    if (at <= this.firstScan) return;
    const marker = Number.parseInt(stray[2] as string, 16);
    if (Number(stray[1]) > this.allowed(marker, at)) throw new DecodeError(text);
  }

  /**
   * Bytes that may be left over before a marker: more, and a decoder that went astray met it late.
   */
  private allowed(marker: number, at: number): number {
    if (marker >= RST0 && marker <= RST7) return MAX_JPEG_STRAY_BYTES;
    return (marker === EOI ? MAX_JPEG_PADDING_BYTES : MAX_JPEG_STRAY_BYTES) + this.zerosBefore(at);
  }

  private zerosBefore(at: number): number {
    let from = at;
    while (from > this.firstScan && this.bytes[from - 1] === 0) from--;
    return at - from;
  }
}
